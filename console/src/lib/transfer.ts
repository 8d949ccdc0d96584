// Files, whole and checked: SHA-256 of what was sent and of what came.

import type { SystemBytes } from './bytes.ts';
import type { Connection } from './connection.ts';
import { TugError } from './error.ts';
import { Sha256 } from './sha256.ts';

export interface TransferOptions {
  onprogress?: (bytes: number) => void;
  signal?: AbortSignal;
}

const PIECE = 256 * 1024;

/// Sends a file: the old one is replaced as a whole, or not at all.
export async function putFile(on: Connection, path: SystemBytes, from: Blob, how: TransferOptions & { overwrite?: boolean } = {}): Promise<string> {
  const call = on.open('put', { path, size: from.size, digest: 'sha256', overwrite: how.overwrite ?? true } as never, { to: ['data'] });
  const stop = (): void => call.cancel();
  how.signal?.addEventListener('abort', stop);
  try {
    const digest = new Sha256();
    const data = call.input('data');
    for (let at = 0; at < from.size; at += PIECE) {
      const bytes = new Uint8Array(await from.slice(at, at + PIECE).arrayBuffer());
      digest.update(bytes);
      if (!(await data.write(bytes))) break; // the answer says why
      how.onprogress?.(at + bytes.length);
    }
    const hex = digest.hex();
    data.eof(`sha256:${hex}`);
    await call.result;
    return hex;
  } finally {
    how.signal?.removeEventListener('abort', stop);
  }
}

/// Fetches a file, or its first bytes.
export async function getFile(on: Connection, path: SystemBytes, how: TransferOptions & { length?: number; ontotal?: (size: number) => void } = {}): Promise<{ parts: Uint8Array[]; digest: string; size: number }> {
  const call = on.open('get', { path, digest: 'sha256', ...(how.length !== undefined && { length: how.length }) } as never, { from: ['data'] });
  const stop = (): void => call.cancel();
  how.signal?.addEventListener('abort', stop);
  try {
    const digest = new Sha256();
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of call.stream('data')) {
      digest.update(piece.bytes);
      parts.push(piece.bytes.slice());
      bytes += piece.bytes.length;
      how.onprogress?.(bytes);
    }
    const result = (await call.result) as { digest: string; size: number };
    const hex = digest.hex();
    if (result.digest !== `sha256:${hex}`) throw new TugError('digest_mismatch', 'what came is not what was sent');
    return { parts, digest: hex, size: result.size };
  } finally {
    how.signal?.removeEventListener('abort', stop);
  }
}
