// The logins and calls of all clients, as the server tells them: no element, no connection.

export interface AuditEvent {
  time: string; event: string; peer?: string; key?: string; call?: number; method?: string; subject?: string; outcome?: string; refused_ms?: number;
  bytes?: number; ms?: number; recording?: string; traceparent?: string; tracestate?: string; why?: string; lines?: number; cut?: boolean;
}

export interface LogLine {
  id: string;
  /// By the clock of the host.
  time: string;
  key: string;
  peer: string;
  /// The method of a call, or "login", "revoked", "lost".
  what: string;
  subject: string;
  /// Empty while a call runs.
  outcome: string;
  ms?: number | undefined;
  trace: string;
}

export type OutcomeFilter = '' | 'ok' | 'failed' | 'running';
export interface LogFilter { method: string; key: string; outcome: OutcomeFilter }

export function stateOf(line: LogLine): 'running' | 'ok' | 'failed' {
  if (line.outcome === '') return 'running';
  return line.outcome === 'ok' || line.outcome === 'exited 0' ? 'ok' : 'failed';
}

const contains = (text: string, part: string): boolean => text.toLowerCase().includes(part.trim().toLowerCase());

/// That something is missing is told whatever the filter is.
export function passes(line: LogLine, filter: LogFilter): boolean {
  if (line.what === 'lost') return true;
  return contains(line.what, filter.method) && contains(line.key, filter.key) && (filter.outcome === '' || stateOf(line) === filter.outcome);
}

const traceOf = (event: AuditEvent): string => /^..-([0-9a-f]{32})-/.exec(event.traceparent ?? '')?.[1] ?? '';

/// The last lines, the newest first.
export class AuditLog {
  private newest: LogLine[] = [];
  private readonly running = new Map<number, LogLine>();
  private count = 0;

  constructor(private readonly most: number) {}

  get lines(): readonly LogLine[] {
    return this.newest;
  }

  clear(): void {
    this.newest = [];
    this.running.clear();
  }

  /// Of another connection no call ends here: what ran is not known any more.
  interrupted(time: string): void {
    for (const line of this.running.values()) line.outcome = 'unknown';
    this.running.clear();
    this.put({ time, event: 'lost' }, 'lost', 'the connection was lost: what happened meanwhile is missing', 'lost');
  }

  add(event: AuditEvent): void {
    switch (event.event) {
      case 'login': return void this.put(event, 'login', event.refused_ms ? `refused for ${event.refused_ms} ms from now on` : '', event.outcome ?? '');
      case 'began': return this.begin(event);
      case 'call': return this.end(event);
      case 'revoked': return void this.put(event, 'revoked', event.why ?? '', 'ended');
      case 'lost': return void this.put(event, 'lost', `${event.lines} events are missing: they came faster than they were taken`, 'lost');
    }
  }

  private begin(event: AuditEvent): void {
    const line = this.put(event, event.method ?? '', subjectOf(event), '');
    if (event.call !== undefined) this.running.set(event.call, line);
  }

  private end(event: AuditEvent): void {
    const begun = this.running.get(event.call ?? -1);
    this.running.delete(event.call ?? -1);
    const line = begun ?? this.put(event, event.method ?? '', subjectOf(event), '');
    line.outcome = event.outcome || 'ended';
    line.ms = event.ms;
  }

  private put(event: AuditEvent, what: string, subject: string, outcome: string): LogLine {
    const line: LogLine = { id: String(++this.count), time: event.time, key: event.key ?? '', peer: event.peer ?? '', what, subject, outcome, trace: traceOf(event) };
    this.newest.unshift(line);
    if (this.newest.length > this.most) this.forget();
    return line;
  }

  private forget(): void {
    const old = this.newest.pop()!;
    for (const [call, line] of this.running) if (line === old) return void this.running.delete(call);
  }
}

const subjectOf = (event: AuditEvent): string => (event.subject ?? '') + (event.cut ? '…' : '');
