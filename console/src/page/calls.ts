// Logins and calls as they come: those of all clients where the key may see them; else the calls of this page, and of
// what others do as much as the server says to every key: how many there were.

import { reasonOf, shown, TugError, type CallNote, type SystemBytes } from '../lib/index.ts';
import { AuditView, whyNot } from './audit_view.ts';
import { button, complain, durationText, h, say, timeText, toast } from './dom.ts';
import { grown, type Figures, type HostFigures } from './figures.ts';
import { Table } from './table.ts';
import type { View, World } from './view.ts';

const KEPT = 500;
const KEPT_OTHERS = 100;

interface Activity { at: number; text: string; bad: boolean }

const counted = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

/// What happened between two looks at the server, less what this page did itself.
export function activityBetween(now: Figures, before: Figures | undefined, own: number): Activity | undefined {
  const of = (name: string): number => grown(name, now, before) ?? 0;
  const others = Math.max(0, of('calls') - own);
  const failed = of('failed_logins');
  const parts = [of('connections') && counted(of('connections'), 'connection', 'connections'), failed && counted(failed, 'failed login', 'failed logins'), of('refused_connections') && `${of('refused_connections')} refused`,
    others && counted(others, 'call', 'calls'), of('commands') && counted(of('commands'), 'command ended', 'commands ended')].filter(Boolean);
  return parts.length > 0 ? { at: now.at, text: parts.join(', '), bad: failed > 0 } : undefined;
}

async function copyTrace(method: string, trace: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(trace);
    toast(`Copied the trace id of ${method}`);
  } catch (error) {
    complain(error);
  }
}

export function callsView(world: World): View & { add: (note: CallNote) => void; watch: (figures: HostFigures) => void } {
  const table = new Table([{ title: 'Began' }, { title: 'Method', class: 'mono' }, { title: 'Subject', class: 'clip mono' }, { title: 'Outcome' }, { title: 'Took', wide: true, class: 'nowrap' }, { title: 'Trace', wide: true, class: 'mono' }]);
  const none = h('p', { class: 'empty' }, 'No calls yet.');
  const others = h('ul', { class: 'others' });
  const quiet = h('p', { class: 'dim', attrs: { role: 'status' } }, 'Nothing yet.');
  const keys = new Map<CallNote, string>();
  let notes: CallNote[] = [];
  let own = 0;
  let drawing = false;
  let count = 0;

  const draw = (): void => {
    drawing = false;
    none.hidden = notes.length > 0;
    const outcome = (note: CallNote): string => (note.error ? reasonOf(note.error) || 'failed' : note.ended ? 'ok' : 'running');
    table.show(notes, (note) => keys.get(note)!, outcome, (note) => [
      timeText(note.began), note.method, subjectOf(note.params),
      h('span', { class: `state ${note.error ? 'bad' : note.ended ? 'good' : 'running'}`, ...(note.error && { title: note.error.message }) }, outcome(note)),
      note.ended ? durationText(note.ended - note.began) : '', button(note.trace.slice(0, 8), () => void copyTrace(note.method, note.trace), { class: 'link', title: note.trace, 'aria-label': `${note.trace.slice(0, 8)}: copy the trace id`, 'data-focus': 'trace' }),
    ]);
  };
  const drawSoon = (): void => {
    if (drawing) return;
    drawing = true;
    setTimeout(draw, 50);
  };

  const clearOwn = button('Clear', () => {
    notes = [];
    keys.clear();
    draw();
  });
  const ofPage = h('div', { class: 'split fill' },
    h('section', { class: 'fill half', attrs: { 'aria-label': 'Calls of this page' } }, h('div', { class: 'row' }, h('h3', {}, 'Of this page'), h('span', { class: 'grow' }), clearOwn), none, h('div', { class: 'scroll' }, table.element)),
    h('section', { class: 'fill quarter', attrs: { 'aria-label': 'Others on this server' } }, h('h3', {}, 'Others on this server'), quiet, h('div', { class: 'scroll', attrs: { tabindex: '0', role: 'region', 'aria-label': 'What others did' } }, others)));
  const why = h('p', { class: 'dim', attrs: { role: 'status' } });
  const all = new AuditView(world, copyTrace);
  const element = h('div', { class: 'fill' }, h('h2', {}, 'Calls'), why, all.element, ofPage);
  all.element.hidden = true;
  let followed = false;

  const follow = async (): Promise<void> => {
    await world.link.get(); // what the key allows is known then
    const mayAll = world.may('audit');
    all.element.hidden = !mayAll;
    ofPage.hidden = mayAll;
    try {
      if (!mayAll) throw new TugError('permission_denied', '');
      await all.follow();
    } catch (error) {
      all.element.hidden = true;
      ofPage.hidden = false;
      say(why, whyNot(error));
      followed = ['permission_denied', 'method_not_found'].includes(reasonOf(error)); // anything else may be better the next time
    }
  };

  return {
    element,
    show: () => {
      if (!followed) void follow();
      followed = true;
    },
    add: (note) => {
      if (note.ended) ++own;
      if (note.background) return;
      if (!keys.has(note)) {
        keys.set(note, String(++count));
        notes.unshift(note);
        for (const old of notes.splice(KEPT)) keys.delete(old);
      }
      drawSoon();
    },
    watch: (figures) => figures.listen((now, before) => {
      const activity = activityBetween(now, before, own);
      own = 0;
      if (!activity) return;
      say(quiet, '');
      others.prepend(h('li', { class: activity.bad ? 'bad' : '' }, h('span', { class: 'dim' }, timeText(activity.at)), ` ${activity.text}`));
      while (others.childElementCount > KEPT_OTHERS) others.lastElementChild!.remove();
    }),
  };
}

function subjectOf(params: Record<string, unknown>): string {
  const of = params['path'] ?? params['job'] ?? params['from'] ?? params['shell'] ?? (params['argv'] as SystemBytes[] | undefined)?.[0];
  return of === undefined ? '' : shown(of as SystemBytes);
}
