// What is in a directory: a list, and then each change of it as long as it is open.

import { isLoss, joinPath, jsonLines, reasonOf, type Call, type Connection, type SystemBytes } from '../lib/index.ts';
import { messageOf } from './dom.ts';
import type { Entry, FileNode } from './file_node.ts';
import type { World } from './view.ts';

interface WatchEvent { event: string; path: SystemBytes; from?: SystemBytes }

/// Names that are read at first; asked for more, twice as many.
const FIRST_ENTRIES = 20000;
/// So many directories are watched at once. Others are read again when they are opened, or by Refresh.
const MOST_WATCHED = 64;
const PAUSE_MS = 200;
/// More changes than that within a pause: all is read again.
const MOST_LOOKS = 64;

let watched = 0;

export class DirectoryReader {
  /// Changes are told as they happen.
  isLive = false;
  private limit = FIRST_ENTRIES;
  private closed = false;
  private readonly calls = new Set<Call<unknown>>();
  private readonly names = new Map<string, SystemBytes>();
  private readsAgain = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private listing = 0;

  constructor(
    private readonly world: World,
    private readonly node: FileNode,
    private readonly changed: () => void,
  ) {}

  /// Reads it, and follows it until close(); over as many connections as it takes. Resolves when it was read once.
  open(): Promise<void> {
    return new Promise((read) => void this.follow(read));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    for (const call of this.calls) call.cancel();
  }

  more(): Promise<void> {
    this.limit *= 2;
    return this.refresh();
  }

  async refresh(): Promise<void> {
    try {
      await this.list(await this.world.link.get());
    } catch (error) {
      if (!isLoss(error)) this.fail(error); // after a loss all is read again
    }
  }

  /// Looks at names that may be others by now.
  async look(names: Iterable<SystemBytes>): Promise<void> {
    const connection = await this.world.link.get();
    await Promise.all([...names].map(async (name) => {
      try {
        const params = { path: joinPath(this.node.path, name), follow: false };
        const info = (await connection.call('file.stat', params as never, { background: true })) as unknown as Entry;
        this.node.put([{ ...info, path: name }]);
      } catch (error) {
        if (reasonOf(error) === 'not_found') this.node.drop(name);
      }
    }));
    this.changed();
  }

  private fail(error: unknown): void {
    this.node.error = messageOf(error);
    this.node.reading = false;
    this.changed();
  }

  private async follow(read: () => void): Promise<void> {
    while (!this.closed) {
      try {
        const connection = await this.world.link.get();
        const events = await this.watch(connection); // before the list, so that nothing is missed
        await this.list(connection);
        read();
        if (!events) return;
        for (let next = await events.next(); !next.done; next = await events.next()) this.note(next.value);
        return;
      } catch (error) {
        if (!isLoss(error)) {
          if (!this.closed) this.fail(error);
          return read();
        }
      } finally {
        this.unwatch();
      }
    }
    read();
  }

  /// Nothing where it cannot be watched, which is no reason not to show it.
  private async watch(connection: Connection): Promise<AsyncGenerator<WatchEvent> | undefined> {
    if (watched >= MOST_WATCHED) return undefined;
    ++watched;
    this.isLive = true;
    const call = this.opened(connection.open('file.watch', { path: this.node.path } as never, { from: ['events'], background: true }));
    const events = jsonLines<WatchEvent>(call.stream('events'));
    try {
      if (!(await events.next()).done) return events; // ready
    } catch (error) {
      if (isLoss(error)) throw error;
    }
    this.unwatch();
    return undefined;
  }

  private unwatch(): void {
    if (this.isLive) --watched;
    this.isLive = false;
  }

  private opened<R>(call: Call<R>): Call<R> {
    const one = call as Call<unknown>;
    this.calls.add(one);
    const gone = (): void => void this.calls.delete(one);
    one.result.then(gone, gone);
    return call;
  }

  private note(event: WatchEvent): void {
    if (event.event === 'overflow') this.readsAgain = true;
    for (const name of [event.path, event.from]) if (name !== undefined && name !== '.') this.names.set(JSON.stringify(name), name);
    this.timer ??= setTimeout(() => void this.apply(), PAUSE_MS);
  }

  private async apply(): Promise<void> {
    const names = [...this.names.values()];
    const all = this.readsAgain || names.length > MOST_LOOKS;
    this.names.clear();
    this.readsAgain = false;
    try {
      await (all ? this.refresh() : this.look(names));
    } catch (error) {
      if (!isLoss(error)) this.fail(error);
    }
    this.timer = this.names.size > 0 && !this.closed ? setTimeout(() => void this.apply(), PAUSE_MS) : undefined;
  }

  private async list(connection: Connection): Promise<void> {
    const mine = ++this.listing;
    this.node.reading = true;
    this.changed();
    const call = this.opened(connection.open('file.list', { path: this.node.path } as never, { from: ['entries'] }));
    const names: SystemBytes[] = [];
    let batch: Entry[] = [];
    const show = (): void => {
      this.node.put(batch);
      batch = [];
      this.changed();
    };
    let more = false;
    for await (const entry of jsonLines<Entry>(call.stream('entries'))) {
      if (mine !== this.listing || this.closed) return call.cancel();
      more = names.length === this.limit;
      if (more) break;
      names.push(entry.path);
      if (batch.push(entry) === 2000) show();
    }
    if (more) call.cancel();
    else await call.result;
    this.node.error = '';
    this.node.more = more;
    this.node.reading = false;
    show();
    this.node.keep(names);
    this.changed();
  }
}
