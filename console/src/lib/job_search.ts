// A search in all that a job has written, of which only what is found is kept.

import type { Connection } from './connection.ts';
import type { JobInfo } from './jobs.ts';

export interface FoundLine {
  /// Of the line's first byte in the output.
  position: number;
  text: string;
}

export interface SearchOptions {
  signal?: AbortSignal;
  onprogress?: (bytes: number, of: number) => void;
  onfound: (line: FoundLine) => void;
  most?: number;
}

const NEWLINE = 10;
const LONGEST_LINE = 64 * 1024;

/// Cuts bytes into lines. What is longer than 64 KiB is cut there.
export class LineCutter {
  private rest: Uint8Array[] = [];
  private size = 0;
  /// Of the first byte of the line that is being read.
  private position = 0;

  constructor(private readonly online: (bytes: Uint8Array, position: number) => void) {}

  add(bytes: Uint8Array, position: number): void {
    if (this.size === 0) this.position = position;
    else if (position !== this.position + this.size) this.end(position); // what lies between is gone
    for (let at = 0; at < bytes.length; ) {
      const line = bytes.indexOf(NEWLINE, at);
      const end = Math.min(line < 0 ? bytes.length : line + 1, at + LONGEST_LINE - this.size);
      this.rest.push(bytes.subarray(at, end));
      this.size += end - at;
      if (end - 1 === line || this.size >= LONGEST_LINE) this.end(position + end);
      at = end;
    }
  }

  end(next = 0): void {
    if (this.size > 0) this.online(this.whole(), this.position);
    this.rest = [];
    this.size = 0;
    this.position = next;
  }

  private whole(): Uint8Array {
    if (this.rest.length === 1) return this.rest[0]!;
    const out = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.rest) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

/// Reads an output as it is now from its oldest byte on, and tells each line that has `wanted` in it, in whatever case.
/// True where all of it was read, false where it was stopped or enough was found.
export async function searchJob(on: Connection, job: JobInfo, stream: 'stdout' | 'stderr', wanted: string, how: SearchOptions): Promise<boolean> {
  const kept = job[stream] ?? { bytes: 0, kept_from: 0 };
  if (kept.bytes <= kept.kept_from) return true;
  const small = wanted.toLowerCase();
  const decoder = new TextDecoder();
  let found = 0;
  const lines = new LineCutter((bytes, position) => {
    const text = decoder.decode(bytes);
    if (found < (how.most ?? 200) && text.toLowerCase().includes(small)) how.onfound({ position, text: (++found, text.trimEnd()) });
  });
  const positions = { stdout: null, stderr: null, [stream]: kept.kept_from };
  const call = on.open('job.attach', { job: job.job, ...positions } as never, { from: [stream] });
  try {
    for await (const piece of call.stream(stream)) {
      lines.add(piece.bytes.subarray(0, Math.max(0, kept.bytes - piece.position)), piece.position);
      how.onprogress?.(piece.position + piece.bytes.length - kept.kept_from, kept.bytes - kept.kept_from);
      if (how.signal?.aborted || found >= (how.most ?? 200)) return false;
      if (piece.position + piece.bytes.length >= kept.bytes) break;
    }
    lines.end();
    return true;
  } finally {
    call.cancel();
  }
}
