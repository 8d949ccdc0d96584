// The login of section 3, by WebCrypto.

import { TugError } from './error.ts';

export interface Credentials {
  keyId: string;
  key: Uint8Array; // 32 bytes
}

const encoder = new TextEncoder();

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function joined(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/// length as u32, big endian, then the bytes
function measured(bytes: Uint8Array): Uint8Array {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, bytes.length);
  return joined([size, bytes]);
}

export interface Login {
  request: { key: string; mechanism: string; binding: string; nonce: string; proof: string };
  /// Throws server_auth_failed where the server does not have the key.
  check(proof: string): Promise<void>;
}

/// `hello` is the envelope as it was sent; `exporter` what TLS gives, nothing off TLS.
export async function beginLogin(
  who: Credentials,
  hello: string,
  exporter?: Uint8Array,
  nonce: Uint8Array = crypto.getRandomValues(new Uint8Array(32)),
): Promise<Login> {
  const binding = exporter ? 'tls-exporter' : 'none';
  const transcript = joined([
    encoder.encode('tug-auth/1\0'),
    ...[encoder.encode(hello), encoder.encode(who.keyId), encoder.encode('hmac-sha256'), encoder.encode(binding)].map(measured),
    measured(exporter ?? new Uint8Array(0)),
    measured(nonce),
  ]);
  const key = await crypto.subtle.importKey('raw', who.key as Uint8Array<ArrayBuffer>, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const over = (side: string): Uint8Array<ArrayBuffer> => joined([encoder.encode(`${side}\0`), transcript]) as Uint8Array<ArrayBuffer>;
  const proof = new Uint8Array(await crypto.subtle.sign('HMAC', key, over('client')));
  return {
    request: { key: who.keyId, mechanism: 'hmac-sha256', binding, nonce: toBase64(nonce), proof: toBase64(proof) },
    async check(given: string): Promise<void> {
      const right = await crypto.subtle.verify('HMAC', key, fromBase64(given) as Uint8Array<ArrayBuffer>, over('server'));
      if (!right) throw new TugError('server_auth_failed', 'the server does not have the key');
    },
  };
}
