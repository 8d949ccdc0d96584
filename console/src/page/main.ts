// The page of `tug console`.

import '@xterm/xterm/css/xterm.css';
import 'uplot/dist/uPlot.min.css';
import './style.css';

import { Connection, overWebSocket, Reconnecting, type Hello, type LinkState } from '../lib/index.ts';
import { callsView } from './calls.ts';
import { clear, h, icon, say, type IconName } from './dom.ts';
import { HostFigures } from './figures.ts';
import { filesView } from './files.ts';
import { jobsView } from './jobs.ts';
import { startView } from './start.ts';
import { allowStyles } from './styles_without_inline.ts';
import { terminalsView } from './terminals.ts';
import type { View, World } from './view.ts';

interface Entry { text: string; icon: IconName; need?: string }
const ENTRIES: Record<string, Entry> = {
  start: { text: 'Host', icon: 'host' },
  terminals: { text: 'Terminals', icon: 'terminals', need: 'exec' },
  files: { text: 'Files', icon: 'files', need: 'get' },
  jobs: { text: 'Jobs', icon: 'jobs', need: 'exec' },
  calls: { text: 'Calls', icon: 'calls' },
};
const SECRET = 'tug-console-secret';

/// The secret of the address stays with this page of this port, and goes from where it can be read.
function takeSecret(): string | undefined {
  if (location.hash.startsWith('#tug.')) {
    sessionStorage.setItem(SECRET, location.hash.slice(1));
    history.replaceState(null, '', '/');
  }
  return sessionStorage.getItem(SECRET) ?? undefined;
}

function explain(state: LinkState): string {
  if (state.state === 'open') return '';
  if (state.state === 'connecting') return 'Connecting…';
  return `${state.why.message}. Trying again…`;
}

function linkOf(secret: string): { link: Reconnecting; hello: () => Hello | undefined } {
  let hello: Hello | undefined;
  const link = new Reconnecting(() => {
    const connection = new Connection(overWebSocket(`ws://${location.host}/socket`, secret));
    connection.tracestate = 'tug-console=page';
    void connection.ready.then(() => (hello = connection.hello), () => {});
    return connection;
  });
  return { link, hello: () => hello };
}

function worldOf(secret: string): World {
  const { link, hello } = linkOf(secret);
  return {
    link,
    hello,
    may: (permission) => !hello()?.permissions || hello()!.permissions!.includes(permission),
    go: (view, argument = '') => (location.hash = argument ? `#${view}:${encodeURIComponent(argument)}` : `#${view}`),
  };
}

/// What is around the views: the names of the views, the host, and how the connection is.
class Frame {
  readonly links = Object.entries(ENTRIES).map(([name, entry]) => h('a', { attrs: { href: `#${name}`, 'data-view': name } }, icon(entry.icon), h('span', {}, entry.text)));
  private readonly banner = h('div', { class: 'banner', attrs: { role: 'status' } });
  private readonly host = h('span', { class: 'hostname' });
  private readonly sign = h('span', { class: 'sign', attrs: { role: 'img', 'aria-label': 'not connected' } });

  constructor(private readonly world: World, figures: HostFigures, stage: HTMLElement) {
    const skip = h('a', { class: 'skip', attrs: { href: '#', tabindex: '0' }, onclick: (e) => { e.preventDefault(); stage.focus(); } }, 'Skip to content');
    const header = h('header', {}, h('h1', {}, this.sign, 'tug'), this.host, h('nav', { attrs: { 'aria-label': 'Views' } }, ...this.links));
    figures.listen(({ info }) => say(this.host, info.hostname ?? ''));
    clear(document.body, skip, header, this.banner, stage);
  }

  show(state: LinkState): void {
    say(this.banner, explain(state));
    this.banner.hidden = state.state === 'open';
    this.sign.setAttribute('aria-label', state.state === 'open' ? 'connected' : 'not connected');
    document.body.dataset['link'] = state.state;
    if (state.state !== 'open') return;
    for (const each of this.links) {
      const need = ENTRIES[each.dataset['view']!]!.need;
      each.hidden = need !== undefined && !this.world.may(need); // what the key does not allow is not offered
    }
  }

  mark(view: string): void {
    for (const each of this.links) {
      if (each.dataset['view'] === view) each.setAttribute('aria-current', 'page');
      else each.removeAttribute('aria-current');
    }
    document.title = `${ENTRIES[view]!.text} – tug`;
  }
}

/// The view and its argument, as the address has them.
function placeOf(hash: string): [string, string] {
  const [name = '', argument = ''] = hash.slice(1).split(/:(.*)/s);
  try {
    return [name in ENTRIES ? name : 'start', decodeURIComponent(argument)];
  } catch {
    return ['start', ''];
  }
}

function main(): void {
  allowStyles();
  const secret = takeSecret();
  if (!secret) {
    document.body.append(h('main', {}, h('h1', {}, 'tug'), h('p', {}, 'This page needs the whole address that `tug console` has shown. Start it again.')));
    return;
  }
  const world = worldOf(secret);
  const figures = new HostFigures(world);
  const calls = callsView(world);
  calls.watch(figures);
  world.link.oncall = (note) => calls.add(note);
  const views: Record<string, View> = { start: startView(world, figures), terminals: terminalsView(world), files: filesView(world), jobs: jobsView(world), calls };
  const frame = new Frame(world, figures, h('main', { attrs: { tabindex: '-1' } }, ...Object.values(views).map((view) => view.element)));
  world.link.onstate = (state) => frame.show(state);
  let current = '';
  const route = (): void => {
    const [wanted, argument] = placeOf(location.hash);
    if (current && current !== wanted) views[current]!.hide?.();
    current = wanted;
    for (const [each, view] of Object.entries(views)) view.element.hidden = each !== wanted;
    frame.mark(wanted);
    views[wanted]!.show?.(argument);
  };
  addEventListener('hashchange', route);
  route();
  figures.begin();
}

main();
