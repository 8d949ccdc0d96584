// Frames: two sizes, an envelope, a body. See PROTOCOL.md, section 1.

export interface Frame {
  envelope: string;
  body: Uint8Array;
}

export interface FrameLimits {
  envelope: number;
  body: number;
}

export const LIMITS_BEFORE_LOGIN: FrameLimits = { envelope: 4096, body: 0 };

/// What the other side has sent breaks the protocol; nothing can be read any more.
export class ProtocolError extends Error {}

const HEADER = 8;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeFrame(envelope: string, body: Uint8Array = NOTHING): Uint8Array {
  const text = encoder.encode(envelope);
  const out = new Uint8Array(HEADER + text.length + body.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, text.length);
  view.setUint32(4, body.length);
  out.set(text, HEADER);
  out.set(body, HEADER + text.length);
  return out;
}

/// Turns bytes, cut anywhere, back into frames. It copies each byte once.
export class FrameDecoder {
  private chunks: Uint8Array[] = [];
  private size = 0;
  private wanted = HEADER;
  private header: { envelope: number; body: number } | undefined;

  constructor(public limits: FrameLimits = LIMITS_BEFORE_LOGIN) {}

  /// The frames that these bytes complete. The limits may be changed between two frames. Throws ProtocolError.
  *push(bytes: Uint8Array): Generator<Frame> {
    if (bytes.length > 0) this.chunks.push(bytes);
    this.size += bytes.length;
    while (this.size >= this.wanted) {
      if (!this.header) {
        this.header = this.readHeader();
        this.wanted = this.header.envelope + this.header.body;
        continue;
      }
      const { envelope, body } = this.header;
      const whole = this.take(envelope + body);
      this.header = undefined;
      this.wanted = HEADER;
      yield { envelope: textOf(whole.subarray(0, envelope)), body: whole.subarray(envelope, envelope + body) };
    }
  }

  private readHeader(): { envelope: number; body: number } {
    const bytes = this.take(HEADER);
    const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER);
    const envelope = view.getUint32(0);
    const body = view.getUint32(4);
    if (envelope === 0) throw new ProtocolError('a frame without an envelope');
    if (envelope > this.limits.envelope || body > this.limits.body) throw new ProtocolError('a frame is too large');
    return { envelope, body };
  }

  private take(count: number): Uint8Array {
    this.size -= count;
    const first = this.chunks[0] ?? NOTHING;
    if (first.length >= count) {
      if (first.length === count) this.chunks.shift();
      else this.chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    const out = new Uint8Array(count);
    let at = 0;
    while (at < count) {
      const chunk = this.chunks[0]!;
      const part = chunk.subarray(0, count - at);
      out.set(part, at);
      at += part.length;
      if (part.length === chunk.length) this.chunks.shift();
      else this.chunks[0] = chunk.subarray(part.length);
    }
    return out;
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ProtocolError('an envelope is no UTF-8');
  }
}
