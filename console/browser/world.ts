// A tugd, a `tug console` and a Chromium. Each wait is for what the page shows, and fails after Playwright's bound.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch as watchFile } from 'node:fs';
import { tmpdir } from 'node:os';
import { chromium, type Browser, type BrowserContext, type JSHandle, type Locator, type Page } from 'playwright-core';

const BOUND_MS = 120000; // on a busy machine
const bin = process.env['TUG_BIN_DIR']!;
const screenshots = process.env['TUG_SCREENSHOTS'] ?? `${process.env['TUG_SOURCE_DIR']}/build/screenshots`;

function firstLine(of: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    of.stdout!.on('data', (bytes: Buffer) => {
      seen += String(bytes);
      const match = pattern.exec(seen);
      if (match) resolve(match[1]!);
    });
    of.on('exit', (code) => reject(new Error(`it has ended with ${code}: ${seen}`)));
  });
}

export class World {
  readonly directory = mkdtempSync(`${tmpdir()}/tug-console-`);
  readonly root = `${this.directory}/root`;
  readonly keys = `${this.directory}/keys`;
  private readonly processes = new Set<ChildProcess>();
  private readonly environment: NodeJS.ProcessEnv;
  private tugd!: ChildProcess;
  listen = '127.0.0.1:0';
  browser!: Browser;

  constructor() {
    mkdirSync(this.root);
    mkdirSync(`${this.directory}/state`);
    mkdirSync(screenshots, { recursive: true });
    this.environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TUG_') && !name.endsWith('DISPLAY')));
    this.environment = { ...this.environment, TUG_KEY_FILE: this.keys, PS1: 'host$ ', ENV: '', HOME: this.root, SHELL: '/bin/sh' };
    this.tug('keygen', 'all', '-o', this.keys);
    this.tug('keygen', 'reader', '-o', this.keys, '--append', '--permissions', 'get');
    this.tug('keygen', 'watcher', '-o', this.keys, '--append', '--permissions', 'get,audit');
  }

  static async start(): Promise<World> {
    const world = new World();
    await world.startTugd();
    world.browser = await chromium.launch({ executablePath: process.env['TUG_CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
    return world;
  }

  tug(...words: string[]): string {
    const run = spawnSync(`${bin}/tug`, words, { env: this.environment, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`tug ${words.join(' ')}: ${run.stderr}`);
    return run.stdout;
  }

  async startTugd(): Promise<void> {
    this.tugd = spawn(`${bin}/tugd`, ['--listen', this.listen, '--root', this.root, '--keys', this.keys, '--state-dir', `${this.directory}/state`, '--audit', `${this.directory}/audit`], { env: this.environment, stdio: ['ignore', 'pipe', 'ignore'] });
    this.processes.add(this.tugd);
    this.listen = await firstLine(this.tugd, /listening on (\S+)/);
    this.environment['TUG_ADDRESS'] = this.listen;
  }

  /// By SIGKILL, as the worst that can happen.
  async killTugd(): Promise<void> {
    const gone = new Promise((resolve) => this.tugd.on('exit', resolve));
    this.tugd.kill('SIGKILL');
    await gone;
  }

  /// The address that it shows.
  async console(key = 'all', more: NodeJS.ProcessEnv = {}, ...flags: string[]): Promise<string> {
    const it = spawn(`${bin}/tug`, ['console', this.listen, '--key', key, ...flags], { env: { ...this.environment, ...more }, stdio: ['ignore', 'pipe', 'inherit'] });
    this.processes.add(it);
    return firstLine(it, /(http:\S+)\n/);
  }

  /// A browser of its own, on the page.
  async open(key = 'all', how: Parameters<Browser['newContext']>[0] = {}, prepare: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...how });
    context.setDefaultTimeout(BOUND_MS);
    const page = await context.newPage();
    watch(page);
    await prepare(page);
    await page.goto(await this.console(key));
    await page.waitForSelector('body[data-link=open]');
    return page;
  }

  /// The lines of the audit log for calls of that method, once there are some.
  async audited(method: string): Promise<Record<string, unknown>[]> {
    const changes = watchFile(`${this.directory}/audit`);
    try {
      for (;;) {
        const changed = once(changes, 'change');
        const lines = readFileSync(`${this.directory}/audit`, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
        const found = lines.filter((line) => line['method'] === method);
        if (found.length > 0) return found;
        await changed;
      }
    } finally {
      changes.close();
    }
  }

  async shot(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: `${screenshots}/${name}.png` });
  }

  async close(): Promise<void> {
    await this.browser?.close();
    for (const one of this.processes) one.kill('SIGTERM');
    await Promise.all([...this.processes].map((one) => one.exitCode !== null || one.signalCode !== null || new Promise((resolve) => one.on('exit', resolve))));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/// What the policy of the page refuses, and what its scripts throw, fails the test.
export const complaints: string[] = [];

function watch(page: Page): void {
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/WebSocket connection|net::ERR/.test(message.text())) complaints.push(message.text());
  });
}

export async function view(page: Page, name: string): Promise<void> {
  await page.click(`header a[data-view=${name}]`);
}

export function contextOf(page: Page): BrowserContext {
  return page.context();
}

/// The line of the tree of files that has that name.
export function line(page: Page, name: string): Locator {
  return page.locator('.line').filter({ has: page.getByText(name, { exact: true }) });
}

/// A file as it is when it is dragged over the page.
export function dragged(page: Page, name: string, content: string): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle(([of, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text!], of!));
    return data;
  }, [name, content]);
}

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
interface AxeRun { axe: { run: (options: object) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }

/// What axe-core finds wrong with the page, whose policy must be bypassed for it.
export async function axeFinds(page: Page): Promise<[string, string[]][]> {
  await page.evaluate(axe);
  const found = await page.evaluate(() => (window as unknown as AxeRun).axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }));
  return found.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]);
}
