// The streams of a call and their credit, section 4.

export interface Piece {
  bytes: Uint8Array;
  /// Where the first byte stands in the stream.
  position: number;
}

/// What comes from the server: a queue that is never longer than the credit that was given.
export class InboundStream implements AsyncIterable<Piece> {
  private queue: Piece[] = [];
  private wake: (() => void) | undefined;
  private ended = false;
  private error: unknown;
  private credit: number;
  private owed = 0;
  /// Behind the last byte that was read.
  position = 0;
  private arrived = 0;

  constructor(
    private readonly window: number,
    private readonly grant: (bytes: number) => void,
    private readonly stopped: () => void,
  ) {
    this.credit = window;
  }

  /// False where more came than there was credit for.
  take(bytes: Uint8Array, offset: number | undefined, eof: boolean): boolean {
    this.credit -= bytes.length;
    if (this.credit < 0) return false;
    if (this.ended) {
      this.pass(bytes.length);
      return true;
    }
    const position = offset ?? this.arrived;
    this.arrived = position + bytes.length;
    if (bytes.length > 0) this.queue.push({ bytes, position });
    if (eof) this.ended = true;
    this.wake?.();
    return true;
  }

  /// The call is over: what came can still be read.
  end(error?: unknown): void {
    this.ended = true;
    this.error = error;
    this.wake?.();
  }

  /// The next piece; nothing at the end. Throws what the call failed with.
  async read(): Promise<Piece | undefined> {
    while (this.queue.length === 0) {
      if (this.ended) {
        if (this.error !== undefined) throw this.error;
        return undefined;
      }
      await new Promise<void>((resolve) => (this.wake = resolve));
      this.wake = undefined;
    }
    const piece = this.queue.shift()!;
    this.position = piece.position + piece.bytes.length;
    this.pass(piece.bytes.length);
    return piece;
  }

  /// No more of it is wanted.
  stop(): void {
    if (this.ended) return;
    this.queue = [];
    this.end();
    this.stopped();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Piece> {
    for (let piece = await this.read(); piece; piece = await this.read()) yield piece;
  }

  private pass(bytes: number): void {
    this.owed += bytes;
    if (this.owed < this.window / 2 || this.ended) return;
    this.credit += this.owed;
    this.grant(this.owed);
    this.owed = 0;
  }
}

/// What goes to the server.
export class OutboundStream {
  private wake: (() => void) | undefined;
  private over = false;

  constructor(
    private credit: number,
    private readonly largest: number,
    private readonly send: (bytes: Uint8Array, eof: boolean, digest?: string) => void,
    private readonly drained: () => Promise<void>,
  ) {}

  add(bytes: number): void {
    this.credit += bytes;
    this.wake?.();
  }

  end(): void {
    this.over = true;
    this.wake?.();
  }

  /// Sends all of it, as fast as the server reads. False where it wants no more.
  async write(bytes: Uint8Array): Promise<boolean> {
    while (bytes.length > 0) {
      while (this.credit === 0 && !this.over) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.wake = undefined;
      }
      if (this.over) return false;
      const size = Math.min(bytes.length, this.credit, this.largest);
      this.credit -= size;
      this.send(bytes.subarray(0, size), false);
      bytes = bytes.subarray(size);
      await this.drained();
    }
    return !this.over;
  }

  /// Nothing follows.
  eof(digest?: string): void {
    if (this.over) return;
    this.over = true;
    this.send(new Uint8Array(0), true, digest);
  }
}
