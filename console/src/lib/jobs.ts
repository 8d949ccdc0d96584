// Jobs that are followed over connections that are lost.

import type { Call, Connection } from './connection.ts';
import { TugError } from './error.ts';
import { isLoss, Reconnecting } from './reconnecting.ts';
import type { InboundStream } from './stream.ts';

export interface JobResult {
  reason: string;
  exit_code?: number;
  signal?: string;
  survivors?: number;
  wall_us?: number;
  usage?: { user_us: number; system_us: number; max_rss_bytes: number };
}

export interface JobInfo {
  job: string;
  state: 'running' | 'ended' | 'lost';
  pid?: number;
  argv: (string | { base64: string })[];
  pty?: boolean;
  started_ms: number;
  ended_ms?: number;
  result?: JobResult;
  stdout: { bytes: number; kept_from: number; stalled?: string };
  stderr?: { bytes: number; kept_from: number };
  stdin_bytes?: number;
}

type Output = 'stdout' | 'stderr';
type Position = number | 'kept' | 'end' | null;

export interface FollowOptions {
  stdout?: Position;
  stderr?: Position;
  stdin?: boolean;
  signal?: AbortSignal;
  /// `position` is that of the first of these bytes: where it is not behind the last ones, what lies between is kept no
  /// longer.
  onoutput: (stream: Output, bytes: Uint8Array, position: number) => void | Promise<void>;
  /// Called with each new attachment: it is where input goes.
  onattached?: (call: Call<unknown>, connection: Connection) => void;
}

/// Where a position is not kept any more: the streams go on at the oldest that are.
async function skipDropped(on: Connection, job: string, at: Record<Output, Position>): Promise<void> {
  const now = (await on.call('job.status', { job }, { background: true })) as unknown as JobInfo;
  for (const name of ['stdout', 'stderr'] as const) {
    const position = at[name];
    if (typeof position === 'number') at[name] = Math.max(position, now[name]?.kept_from ?? 0);
  }
}

/// Follows a job to its end, from where each connection left off: no byte comes twice. Its result; nothing where it was
/// left by the signal.
export async function followJob(link: Reconnecting, job: string, how: FollowOptions): Promise<JobResult | undefined> {
  const at: Record<Output, Position> = { stdout: how.stdout === undefined ? 'kept' : how.stdout, stderr: how.stderr === undefined ? 'kept' : how.stderr };
  const follow = async (connection: Connection): Promise<JobResult> => {
    const streams = (['stdout', 'stderr'] as const).filter((name) => at[name] !== null);
    const params = { job, stdout: at.stdout, stderr: at.stderr, ...(how.stdin && { stdin: true, take_over: true }) };
    const call = connection.open('job.attach', params as never, { from: streams, to: how.stdin ? ['stdin'] : [] });
    const leave = (): void => call.cancel();
    const pump = async (name: Output, from: InboundStream): Promise<void> => {
      for await (const piece of from) {
        await how.onoutput(name, piece.bytes, piece.position);
        at[name] = piece.position + piece.bytes.length;
      }
    };
    how.signal?.addEventListener('abort', leave);
    how.onattached?.(call as Call<unknown>, connection);
    try {
      await Promise.all(streams.map((name) => pump(name, call.stream(name))));
      return (await call.result) as JobResult;
    } finally {
      how.signal?.removeEventListener('abort', leave);
    }
  };
  for (;;) {
    const connection = await link.get();
    if (how.signal?.aborted) return undefined;
    try {
      return await follow(connection);
    } catch (error) {
      if (how.signal?.aborted) return undefined;
      if (error instanceof TugError && error.reason === 'range_invalid' && 'kept_from' in error.data) await skipDropped(connection, job, at);
      else if (!isLoss(error)) throw error;
    }
  }
}

/// The last line that a job has written to its stdout, of the last `most` bytes: the one that is being written, where it
/// is not empty.
export async function lastLine(on: Connection, job: JobInfo, most = 512): Promise<string> {
  const end = job.stdout.bytes;
  const begin = Math.max(job.stdout.kept_from, end - most);
  if (begin >= end) return '';
  const call = on.open('job.attach', { job: job.job, stdout: begin, stderr: null } as never, { from: ['stdout'], background: true });
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of call.stream('stdout')) {
    text += decoder.decode(piece.bytes, { stream: true });
    if (piece.position + piece.bytes.length >= end) break;
  }
  call.cancel();
  return text.split(/[\r\n]+/).filter((line) => line.trim() !== '').at(-1) ?? '';
}
