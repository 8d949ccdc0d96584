// W3C Trace Context: each call has a trace of its own, which stands in the audit log of tugd and in the environment of a
// command.

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

export interface Trace {
  /// 32 hex digits.
  id: string;
  traceparent: string;
}

export function newTrace(): Trace {
  const id = randomHex(16);
  return { id, traceparent: `00-${id}-${randomHex(8)}-01` };
}
