// Jobs that are followed over connections that are lost.

import type { Call, Connection } from './connection.ts';
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

export interface FollowOptions {
  stdout?: number | 'kept' | 'end' | null;
  stderr?: number | 'kept' | 'end' | null;
  stdin?: boolean;
  signal?: AbortSignal;
  onoutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array, position: number) => void | Promise<void>;
  /// Called with each new attachment: it is where input goes.
  onattached?: (call: Call<unknown>, connection: Connection) => void;
}

/// Follows a job to its end, from where each connection left off: no byte comes twice. Its result; nothing where it was
/// left by the signal.
export async function followJob(link: Reconnecting, job: string, how: FollowOptions): Promise<JobResult | undefined> {
  const at: Record<'stdout' | 'stderr', number | 'kept' | 'end' | null> = { stdout: how.stdout ?? 'kept', stderr: how.stderr === undefined ? 'kept' : how.stderr };
  for (;;) {
    const connection = await link.get();
    if (how.signal?.aborted) return undefined;
    const streams = (['stdout', 'stderr'] as const).filter((name) => at[name] !== null);
    const params = { job, stdout: at.stdout, stderr: at.stderr, ...(how.stdin && { stdin: true, take_over: true }) };
    const call = connection.open('job.attach', params as never, { from: streams, to: how.stdin ? ['stdin'] : [] });
    const leave = (): void => call.cancel();
    how.signal?.addEventListener('abort', leave);
    how.onattached?.(call as Call<unknown>, connection);
    try {
      const pump = async (name: 'stdout' | 'stderr', from: InboundStream): Promise<void> => {
        for await (const piece of from) {
          await how.onoutput(name, piece.bytes, piece.position);
          at[name] = piece.position + piece.bytes.length;
        }
      };
      await Promise.all(streams.map((name) => pump(name, call.stream(name))));
      return (await call.result) as JobResult;
    } catch (error) {
      if (how.signal?.aborted) return undefined;
      if (!isLoss(error)) throw error;
    } finally {
      how.signal?.removeEventListener('abort', leave);
    }
  }
}
