// The page of `tug console`.

import '@xterm/xterm/css/xterm.css';
import 'uplot/dist/uPlot.min.css';
import './style.css';

import { Connection, overWebSocket, Reconnecting, type Hello, type LinkState } from '../lib/index.ts';
import { callsView } from './calls.ts';
import { clear, h, say } from './dom.ts';
import { filesView } from './files.ts';
import { jobsView } from './jobs.ts';
import { startView } from './start.ts';
import { allowStyles } from './styles_without_inline.ts';
import { terminalsView } from './terminals.ts';
import type { View, World } from './view.ts';

const NAMES: Record<string, string> = { start: 'Host', terminals: 'Terminals', files: 'Files', jobs: 'Jobs', calls: 'Calls' };
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

function main(): void {
  allowStyles();
  const secret = takeSecret();
  if (!secret) {
    document.body.append(h('main', {}, h('h1', {}, 'tug'), h('p', {}, 'This page needs the whole address that `tug console` has shown. Start it again.')));
    return;
  }
  let hello: Hello | undefined;
  const link = new Reconnecting(() => {
    const connection = new Connection(overWebSocket(`ws://${location.host}/socket`, secret));
    void connection.ready.then(() => (hello = connection.hello), () => {});
    return connection;
  });
  const calls = callsView();
  link.oncall = (note) => calls.add(note);
  const banner = h('div', { class: 'banner', attrs: { role: 'status' } });
  link.onstate = (state) => {
    say(banner, explain(state));
    banner.hidden = state.state === 'open';
    document.body.dataset['link'] = state.state;
  };
  const world: World = {
    link,
    hello: () => hello,
    may: (permission) => !hello?.permissions || hello.permissions.includes(permission),
    go: (view, argument = '') => (location.hash = argument ? `#${view}:${encodeURIComponent(argument)}` : `#${view}`),
  };
  const views: Record<string, View> = { start: startView(world), terminals: terminalsView(world), files: filesView(world), jobs: jobsView(world), calls };
  const links = Object.entries(NAMES).map(([name, text]) => h('a', { attrs: { href: `#${name}`, 'data-view': name } }, text));
  const stage = h('main', { attrs: { tabindex: '-1' } }, ...Object.values(views).map((view) => view.element));
  clear(document.body, h('a', { class: 'skip', attrs: { href: '#', tabindex: '0' }, onclick: (e) => { e.preventDefault(); stage.focus(); } }, 'Skip to content'),
    h('header', {}, h('h1', {}, 'tug'), h('nav', { attrs: { 'aria-label': 'Views' } }, ...links)), banner, stage);

  let current = '';
  const route = (): void => {
    const [name = '', argument = ''] = location.hash.slice(1).split(/:(.*)/s);
    const wanted = name in views ? name : 'start';
    if (current && current !== wanted) views[current]!.hide?.();
    current = wanted;
    for (const [each, view] of Object.entries(views)) view.element.hidden = each !== wanted;
    for (const each of links) {
      if (each.dataset['view'] === wanted) each.setAttribute('aria-current', 'page');
      else each.removeAttribute('aria-current');
    }
    document.title = `${NAMES[wanted]} – tug`;
    views[wanted]!.show?.(decodeURIComponent(argument));
  };
  addEventListener('hashchange', route);
  route();
  void link.get();
}

main();
