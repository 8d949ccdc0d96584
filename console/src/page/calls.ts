// The calls of this page, as they come.

import { reasonOf, shown, type CallNote, type SystemBytes } from '../lib/index.ts';
import { button, clear, durationText, h, timeText } from './dom.ts';
import type { View } from './view.ts';

const KEPT = 500;
/// These come by themselves, every few seconds.
const QUIET = new Set(['rpc.info', 'rpc.ping']);

export function callsView(): View & { add: (note: CallNote) => void } {
  const body = h('tbody');
  const element = h('div', {}, h('div', { class: 'row' }, h('h2', {}, 'Calls'), h('span', { class: 'grow' }), button('Clear', () => {
    rows.clear();
    clear(body);
  })), h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, ...['Began', 'Method', 'Subject', 'Outcome', 'Took'].map((t) => h('th', { attrs: { scope: 'col' } }, t)))), body)));
  const rows = new Map<CallNote, HTMLElement>();

  const draw = (note: CallNote): HTMLElement => {
    const outcome = note.error ? reasonOf(note.error) || 'failed' : note.ended ? 'ok' : 'running';
    return h('tr', {}, h('td', {}, timeText(note.began)), h('td', { class: 'mono' }, note.method), h('td', { class: 'clip mono' }, subjectOf(note.params)),
      h('td', note.error ? { class: 'state lost', title: note.error.message } : {}, outcome), h('td', {}, note.ended ? durationText(note.ended - note.began) : ''));
  };

  return {
    element,
    add: (note) => {
      if (QUIET.has(note.method)) return;
      const row = draw(note);
      const old = rows.get(note);
      if (old) old.replaceWith(row);
      else body.prepend(row);
      rows.set(note, row);
      if (rows.size <= KEPT) return;
      const [oldest] = rows.keys();
      rows.get(oldest!)!.remove();
      rows.delete(oldest!);
    },
  };
}

function subjectOf(params: Record<string, unknown>): string {
  const of = params['path'] ?? params['job'] ?? params['from'] ?? params['shell'] ?? (params['argv'] as SystemBytes[] | undefined)?.[0];
  return of === undefined ? '' : shown(of as SystemBytes);
}
