// A connection that is made again where it was lost.

import { Connection, type CallNote } from './connection.ts';
import { TugError, reasonOf } from './error.ts';

export type LinkState = { state: 'connecting' } | { state: 'open' } | { state: 'lost'; why: TugError; retryMs: number };

const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 5000;

export class Reconnecting {
  private current: Connection | undefined;
  private opening: Promise<Connection> | undefined;
  private stopped = false;
  onstate: (state: LinkState) => void = () => {};
  oncall: (note: CallNote) => void = () => {};

  /// `connect` makes a new connection each time.
  constructor(private readonly connect: () => Connection) {}

  /// A connection that is open, as soon as there is one.
  get(): Promise<Connection> {
    if (this.current?.isOpen) return Promise.resolve(this.current);
    this.opening ??= this.reopen();
    return this.opening;
  }

  close(): void {
    this.stopped = true;
    this.current?.close();
  }

  private async reopen(): Promise<Connection> {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      if (this.stopped) throw new TugError('client_closed', 'the connection was closed');
      this.onstate({ state: 'connecting' });
      const made = this.connect();
      made.oncall = (note) => this.oncall(note);
      try {
        await made.ready;
        this.current = made;
        this.opening = undefined;
        this.onstate({ state: 'open' });
        void made.closed.then((why) => this.lost(why));
        return made;
      } catch (error) {
        const why = error instanceof TugError ? error : new TugError('connection_lost', String(error));
        this.onstate({ state: 'lost', why, retryMs: pause });
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  private lost(why: TugError): void {
    if (this.stopped) return;
    this.onstate({ state: 'lost', why, retryMs: 0 });
    this.get().catch(() => {});
  }
}

/// Whether a call failed because its connection ended: it may be made again where that does no harm.
export function isLoss(error: unknown): boolean {
  return ['connection_lost', 'shutting_down'].includes(reasonOf(error));
}
