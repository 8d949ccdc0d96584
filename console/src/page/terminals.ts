// Terminals in tabs. Each is a job with a terminal: a page that is loaded again finds them and attaches anew.

import { FitAddon } from '@xterm/addon-fit';
import { Terminal, type ITheme } from '@xterm/xterm';

import { followJob, isLoss, jsonLines, type Call, type JobInfo } from '../lib/index.ts';
import { ask, button, clear, complain, h, messageOf, toast } from './dom.ts';
import { stateOf } from './job_text.ts';
import type { View, World } from './view.ts';

const PREFIX = 'console-';
const encoder = new TextEncoder();

/// The sixteen colours of programs, which can be read on the background that the page has.
const LIGHT = ['#1a1f27', '#b3261e', '#1a6d33', '#7a5a00', '#0b57b0', '#8a2a8f', '#0b6b78', '#5b6470', '#545c68', '#c62f26', '#1f7f3c', '#8a6700', '#0b61c4', '#9c36a1', '#0d7886', '#2b323c'];
const DARK = ['#3a4452', '#ff8a80', '#7bd88f', '#e8c66a', '#7fb6ff', '#e6a0ea', '#6fd3e0', '#c3cad4', '#8b96a5', '#ffb0a8', '#a4e8b3', '#f3dc9b', '#a9cdff', '#f0c0f3', '#9fe6ef', '#f2f4f7'];
const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white', 'brightBlack', 'brightRed', 'brightGreen', 'brightYellow', 'brightBlue', 'brightMagenta', 'brightCyan', 'brightWhite'];
const dark = matchMedia('(prefers-color-scheme: dark)');

function theme(): ITheme {
  const css = getComputedStyle(document.documentElement);
  const of = (name: string): string => css.getPropertyValue(name).trim();
  const named = Object.fromEntries(COLOURS.map((name, at) => [name, (dark.matches ? DARK : LIGHT)[at]]));
  return { background: of('--terminal'), foreground: of('--terminal-text'), cursor: of('--accent'), selectionBackground: of('--selection'), ...named };
}

class Tab {
  readonly element = h('div', { class: 'screen', attrs: { role: 'tabpanel' } });
  readonly terminal = new Terminal({ fontSize: 13, fontFamily: 'ui-monospace, monospace', scrollback: 5000, theme: theme(), screenReaderMode: false });
  private readonly fit = new FitAddon();
  private readonly leaving = new AbortController();
  private input: { call: Call; position: number } | undefined;
  private writing = Promise.resolve();
  ended = false;

  constructor(private readonly world: World, readonly job: string, readonly title: string, private readonly onended: () => void) {
    this.element.setAttribute('aria-label', title);
    this.terminal.loadAddon(this.fit);
    this.terminal.open(this.element);
    this.terminal.textarea?.setAttribute('aria-label', `Input of ${title}`);
    this.terminal.onData((text) => this.type(encoder.encode(text)));
    this.terminal.onBinary((text) => this.type(Uint8Array.from(text, (c) => c.charCodeAt(0))));
    this.terminal.onResize(({ rows, cols }) => void this.resize(rows, cols));
    void this.follow();
  }

  show(): void {
    this.fit.fit();
    this.terminal.focus();
  }

  size(): { rows: number; cols: number } {
    return { rows: this.terminal.rows, cols: this.terminal.cols };
  }

  /// Leaves the job alone.
  leave(): void {
    this.leaving.abort();
    this.terminal.dispose();
    this.element.remove();
  }

  private type(bytes: Uint8Array): void {
    const input = this.input;
    if (!input || this.ended) return;
    this.writing = this.writing.then(async () => void (await input.call.input('stdin').write(bytes)));
  }

  private async resize(rows: number, cols: number): Promise<void> {
    try {
      if (!this.ended) await (await this.world.link.get()).call('job.resize', { job: this.job, rows, cols } as never);
    } catch (error) {
      if (!isLoss(error)) console.warn(messageOf(error));
    }
  }

  private async follow(): Promise<void> {
    try {
      const result = await followJob(this.world.link, this.job, {
        stdin: true,
        stderr: null,
        signal: this.leaving.signal,
        // The terminal says when it has drawn it: so what comes faster waits at the host.
        onoutput: (_stream, bytes) => new Promise((done) => this.terminal.write(bytes, done)),
        onattached: (call) => {
          this.input = { call, position: 0 };
          void this.resize(this.terminal.rows, this.terminal.cols);
        },
      });
      if (result) this.end(`ended: ${stateOf({ state: 'ended', result }).text}`);
    } catch (error) {
      this.end(messageOf(error));
    }
  }

  private end(text: string): void {
    this.ended = true;
    this.terminal.options.disableStdin = true;
    this.terminal.write(`\r\n[${text.replace(/[\x00-\x1f\x7f-\x9f]/g, '')}]\r\n`);
    this.onended();
  }
}

export function terminalsView(world: World): View {
  const strip = h('div', { class: 'tabs', attrs: { role: 'tablist', 'aria-label': 'Terminals' } });
  const stage = h('div', { class: 'stage' });
  const empty = h('p', { class: 'empty' }, 'No terminal is open.');
  const tabs = new Map<string, Tab>();
  let current: string | undefined;

  const select = (job: string): void => {
    current = job;
    draw();
    tabs.get(job)?.show();
  };

  const draw = (): void => {
    empty.hidden = tabs.size > 0;
    for (const [job, tab] of tabs) tab.element.hidden = job !== current;
    clear(strip, ...[...tabs.keys()].map((job, at) => {
      const tab = tabs.get(job)!;
      return button(`${tab.title}${tab.ended ? ' (ended)' : ''}`, () => select(job), {
        title: job,
        role: 'tab', 'aria-selected': String(job === current), tabindex: job === current || (!current && at === 0) ? '0' : '-1', 'data-job': job,
      });
    }));
  };

  strip.addEventListener('keydown', (event) => {
    const all = [...tabs.keys()];
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0 || all.length === 0) return;
    event.preventDefault();
    current = all[(all.indexOf(current ?? '') + step + all.length) % all.length]!;
    draw();
    strip.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  });

  const add = (job: string): void => {
    if (tabs.has(job)) return select(job);
    const titles = new Set([...tabs.values()].map((tab) => tab.title));
    let number = 1;
    while (titles.has(`Terminal ${number}`)) ++number;
    const tab = new Tab(world, job, `Terminal ${number}`, draw);
    tabs.set(job, tab);
    stage.append(tab.element);
    select(job);
  };

  const open = async (): Promise<void> => {
    const name = `${PREFIX}${Date.now().toString(36)}`;
    try {
      const connection = await world.link.get();
      await connection.call('job.start', { login: true, job: name, pty: { rows: 24, cols: 80, term: 'xterm-256color' }, stdin: true, keep_bytes: 1 << 20 } as never);
      add(name);
    } catch (error) {
      complain(error);
    }
  };

  const close = async (): Promise<void> => {
    const tab = current === undefined ? undefined : tabs.get(current);
    if (!tab) return;
    if (!tab.ended && (await ask('Close this terminal and end all that runs in it?', 'End')) === undefined) return;
    tab.leave();
    tabs.delete(tab.job);
    current = [...tabs.keys()].at(-1);
    draw();
    if (current !== undefined) tabs.get(current)?.show();
    try {
      const connection = await world.link.get();
      await connection.call('job.cancel', { job: tab.job } as never);
      await connection.call('job.remove', { job: tab.job } as never);
    } catch (error) {
      complain(error);
    }
  };

  /// Those of this key that run already: of this page before it was loaded again, or of another one.
  const find = async (): Promise<void> => {
    const connection = await world.link.get();
    if (!world.may('exec')) return;
    const call = connection.open('job.list', {} as never, { from: ['jobs'], background: true });
    for await (const job of jsonLines<JobInfo>(call.stream('jobs')))
      if (job.pty && job.state === 'running' && job.job.startsWith(PREFIX)) add(job.job);
    await call.result;
  };

  const element = h('div', { class: 'fill' }, h('div', { class: 'row' }, h('h2', {}, 'Terminals'), h('span', { class: 'grow' }),
    button('New terminal', () => void open(), { class: 'primary' }), button('Close', () => void close())), strip, empty, stage);
  new ResizeObserver(() => {
    if (current !== undefined && stage.clientHeight > 0) tabs.get(current)?.show();
  }).observe(stage);
  dark.addEventListener('change', () => tabs.forEach((tab) => (tab.terminal.options.theme = theme())));
  let found = false;
  return {
    element,
    show: () => {
      if (!found) {
        found = true;
        find().catch((error: unknown) => {
          found = false;
          toast(messageOf(error), true);
        });
      }
      if (current !== undefined) tabs.get(current)?.show();
    },
  };
}
