// The log of what all clients do, with a filter; for keys that may see it.

import { isLoss, jsonLines, reasonOf, shown } from '../lib/index.ts';
import { AuditLog, passes, stateOf, type AuditEvent, type LogFilter, type LogLine, type OutcomeFilter } from './audit_log.ts';
import { button, durationText, h, messageOf, say, timeText } from './dom.ts';
import { Table } from './table.ts';
import type { World } from './view.ts';

const KEPT = 1000;
const SHOWN = 300;
const PAUSE_MS = 150;

const STATES: Record<string, string> = { running: 'running', ok: 'good', failed: 'bad' };

export class AuditView {
  readonly element: HTMLElement;
  private readonly log = new AuditLog(KEPT);
  private readonly table = new Table([{ title: 'Began' }, { title: 'Key' }, { title: 'From', wide: true, class: 'mono' }, { title: 'Method', class: 'mono' }, { title: 'Subject', class: 'clip mono' }, { title: 'Outcome' }, { title: 'Took', wide: true, class: 'nowrap' }, { title: 'Trace', wide: true, class: 'mono' }]);
  private readonly filter: LogFilter = { method: '', key: '', outcome: '' };
  private readonly status = h('p', { class: 'dim', attrs: { role: 'status' } });
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly world: World,
    private readonly copyTrace: (method: string, trace: string) => Promise<void>,
  ) {
    const text = (name: 'method' | 'key', label: string): HTMLInputElement => {
      const input = h('input', { attrs: { type: 'search', placeholder: label, 'aria-label': label } });
      input.addEventListener('input', () => {
        this.filter[name] = input.value;
        this.draw();
      });
      return input;
    };
    const outcome = h('select', { attrs: { 'aria-label': 'Outcome' } }, ...[['', 'any outcome'], ['ok', 'ok'], ['failed', 'not ok'], ['running', 'running']].map(([value, title]) => h('option', { attrs: { value: value! } }, title)));
    outcome.addEventListener('change', () => {
      this.filter.outcome = outcome.value as OutcomeFilter;
      this.draw();
    });
    const clear = button('Clear', () => {
      this.log.clear();
      this.draw();
    });
    this.element = h('section', { class: 'fill', attrs: { 'aria-label': 'All clients of this server' } },
      h('div', { class: 'row' }, text('method', 'Filter by method'), text('key', 'Filter by key'), outcome, h('span', { class: 'grow' }), clear), this.status,
      h('div', { class: 'scroll', attrs: { tabindex: '0', role: 'region', 'aria-label': 'Logins and calls' } }, this.table.element));
  }

  /// Over as many connections as it takes. Throws why it cannot be followed.
  async follow(): Promise<never> {
    for (;;) {
      try {
        const connection = await this.world.link.get();
        const call = connection.open('audit.follow', {} as never, { from: ['events'], background: true });
        for await (const event of jsonLines<AuditEvent>(call.stream('events'))) {
          this.log.add(event);
          this.timer ??= setTimeout(() => this.draw(), PAUSE_MS);
        }
        await call.result;
      } catch (error) {
        if (!isLoss(error)) throw error;
      }
      this.log.interrupted(new Date().toISOString());
    }
  }

  draw(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const found = this.log.lines.filter((line) => passes(line, this.filter));
    const all = this.log.lines.length;
    say(this.status, all === 0 ? 'Nothing yet.' : found.length === all ? '' : `${found.length} of ${all} events pass the filter.`);
    this.table.show(found.slice(0, SHOWN), (line) => line.id, (line) => line.outcome, (line) => this.cellsOf(line));
  }

  private cellsOf(line: LogLine): (Node | string)[] {
    const state = stateOf(line);
    const trace = line.trace && button(line.trace.slice(0, 8), () => void this.copyTrace(line.what, line.trace), { class: 'link', title: line.trace, 'aria-label': `${line.trace.slice(0, 8)}: copy the trace id`, 'data-focus': 'trace' });
    return [timeText(Date.parse(line.time)), line.key, line.peer, line.what, shown(line.subject),
      h('span', { class: `state ${STATES[state]}` }, line.outcome || 'running'), line.ms === undefined ? '' : durationText(line.ms), trace || ''];
  }
}

/// Why it cannot be followed, for a person.
export function whyNot(error: unknown): string {
  const reason = reasonOf(error);
  if (reason === 'permission_denied') return 'This key lacks the permission audit: calls of this page are shown, and of others how many there were.';
  if (reason === 'method_not_found') return 'This tugd is too old to tell of the calls of others.';
  return messageOf(error);
}
