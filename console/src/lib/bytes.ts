// Bytes of the system: strings where they are UTF-8, else {"base64":"…"}.

import { fromBase64 } from './login.ts';

export type SystemBytes = string | { base64: string };

/// How `ls` shows them, in the page: what is no UTF-8 or no visible character is escaped.
export function shown(bytes: SystemBytes): string {
  const text = typeof bytes === 'string' ? bytes : escapedBytes(fromBase64(bytes.base64));
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function escapedBytes(bytes: Uint8Array): string {
  return [...bytes].map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : `\\x${b.toString(16).padStart(2, '0')}`)).join('');
}

/// `directory`/`name`, as bytes of the system.
export function joinPath(directory: SystemBytes, name: SystemBytes): SystemBytes {
  if (typeof directory === 'string' && typeof name === 'string') return directory === '' || directory === '.' ? name : `${directory.replace(/\/+$/, '')}/${name}`;
  const raw = (b: SystemBytes): string => (typeof b === 'string' ? String.fromCharCode(...new TextEncoder().encode(b)) : atob(b.base64));
  const from = directory === '' || directory === '.' ? '' : `${raw(directory).replace(/\/+$/, '')}/`;
  return { base64: btoa(from + raw(name)) };
}

/// The lines of a stream that is JSON lines.
export async function* jsonLines<T>(pieces: AsyncIterable<{ bytes: Uint8Array }>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece.bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line) yield JSON.parse(line) as T;
  }
}
