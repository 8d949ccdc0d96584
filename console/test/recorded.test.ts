// The same bytes that the tests of C++ have: tests/data, and the examples of PROTOCOL.md.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Connection } from '../src/lib/connection.ts';
import { TugError } from '../src/lib/error.ts';
import { encodeFrame, FrameDecoder, type Frame } from '../src/lib/frame.ts';
import { beginLogin, fromBase64 } from '../src/lib/login.ts';
import type { Transport } from '../src/lib/transport.ts';

const source = process.env['TUG_SOURCE_DIR']!;
const recorded = (name: string): Uint8Array => new Uint8Array(readFileSync(`${source}/tests/data/${name}.frames`));
const LARGE = { envelope: 1048576, body: 1048576 };
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/// A transport whose other side is the test.
class Recorded implements Transport {
  sent: Uint8Array[] = [];
  closed = false;
  onbytes: (bytes: Uint8Array) => void = () => {};
  onclose: (why: string) => void = () => {};
  ondrain: () => void = () => {};
  send(bytes: Uint8Array): void { this.sent.push(bytes); }
  close(): void { this.closed = true; }
  waiting(): number { return 0; }
  frames(): Frame[] { return this.sent.flatMap((bytes) => [...new FrameDecoder(LARGE).push(bytes)]); }
}

function* cuts(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('what a client says, cut anywhere, is decoded and encoded to the same bytes', () => {
  const bytes = recorded('client_says');
  for (const size of [1, 2, 7, 8, 9, 100, 4096, bytes.length]) {
    const decoder = new FrameDecoder(LARGE);
    const frames = [...cuts(bytes, size)].flatMap((piece) => [...decoder.push(piece)]);
    assert.ok(frames.length > 20);
    assert.deepEqual(Buffer.concat(frames.map((f) => encodeFrame(f.envelope, f.body))), Buffer.from(bytes));
  }
});

test('what a server says, cut anywhere, ends the calls as it should', async () => {
  for (const size of [1, 3, 64, 100000]) {
    const wire = new Recorded();
    const connection = new Connection(wire);
    const bytes = recorded('server_says');
    const hello = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    wire.onbytes(bytes.subarray(0, hello));
    await connection.ready;
    const exec = connection.open('exec', { argv: ['x'] } as never, { from: ['stdout', 'stderr'] });
    const get = connection.open('get', { path: 'a' } as never, { from: ['data'] });
    const put = connection.open('put', { path: 'a' } as never, { to: ['data'] });
    for (const piece of cuts(bytes.subarray(hello), size)) wire.onbytes(piece);
    wire.onclose('the end');

    const read = async (stream: AsyncIterable<{ bytes: Uint8Array }>): Promise<string> => {
      let out = '';
      for await (const piece of stream) out += text(piece.bytes);
      return out;
    };
    assert.equal(await read(exec.stream('stdout')), 'outmore');
    assert.deepEqual(await exec.result, { exit_code: 0 });
    assert.equal(await read(get.stream('data')), `${'g'.repeat(200)}end`);
    assert.deepEqual(await get.result, { size: 203 });
    assert.equal(await put.input('data').write(new Uint8Array(1)), false);
    await assert.rejects(put.result, (e: TugError) => e.reason === 'no_space');
    assert.equal((await connection.closed).reason, 'shutting_down');
  }
});

test('the dump of PROTOCOL.md is this frame', () => {
  const page = readFileSync(`${source}/PROTOCOL.md`, 'utf8');
  const bytes = Buffer.from(/```hex\n([0-9a-f\s]+)```/.exec(page)![1]!.replace(/\s/g, ''), 'hex');
  const [frame] = [...new FrameDecoder(LARGE).push(bytes)];
  assert.equal(frame!.envelope, '{"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"data"}}');
  assert.equal(text(frame!.body), 'hello');
  assert.deepEqual(Buffer.from(encodeFrame(frame!.envelope, frame!.body)), bytes);
});

test('the proofs of PROTOCOL.md', async () => {
  const nonce = Buffer.alloc(32, 0x11).toString('base64');
  const page = readFileSync(`${source}/PROTOCOL.md`, 'utf8');
  const params = /`(\{"protocol":1,"server":"tug\/0\.1\.0"[^`]*\})`/.exec(page)![1]!.replace('"…"', `"${nonce}"`);
  const hello = `{"jsonrpc":"2.0","method":"rpc.hello","params":${params}}`;
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const login = await beginLogin({ keyId: 'k1', key }, hello, undefined, new Uint8Array(32).fill(0x22));
  const hex = (base64: string): string => Buffer.from(fromBase64(base64)).toString('hex');
  const [, client, server] = /the proofs are[^]*?([0-9a-f]{64})[^]*?([0-9a-f]{64})/.exec(page)!;
  assert.equal(hex(login.request.proof), client);
  const right = Buffer.from(server!, 'hex').toString('base64');
  await login.check(right);
  await assert.rejects(login.check(login.request.proof), (e: TugError) => e.reason === 'server_auth_failed');
});

test('a server that breaks the protocol is left', async () => {
  const hello = recorded('server_says');
  const size = 8 + new DataView(hello.buffer, hello.byteOffset).getUint32(0);
  const wrong = [
    encodeFrame('[]'.repeat(3)),
    encodeFrame('{"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":"none"}}'),
    encodeFrame('{"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":"data"}}', new Uint8Array(301)),
    new Uint8Array(8),
    new Uint8Array(8).fill(0xff),
  ];
  for (const bytes of wrong) {
    const wire = new Recorded();
    const connection = new Connection(wire);
    wire.onbytes(hello.subarray(0, size));
    await connection.ready;
    const call = connection.open('get', { path: 'a' } as never, { from: ['data'] });
    wire.onbytes(bytes);
    assert.equal((await connection.closed).reason, 'protocol_violation');
    await assert.rejects(call.result, (e: TugError) => e.reason === 'protocol_violation');
    assert.ok(wire.closed);
  }
});

test('credit: no more is sent than the server gave, and it is given when the reader reads', async () => {
  const wire = new Recorded();
  const connection = new Connection(wire);
  const bytes = recorded('server_says');
  wire.onbytes(bytes.subarray(0, 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)));
  await connection.ready;
  const put = connection.open('put', { path: 'a' } as never, { to: ['data'] });
  let done = false;
  const writing = put.input('data').write(new Uint8Array(1000)).then(() => (done = true));
  const sent = (): number => wire.frames().reduce((sum, f) => sum + f.body.length, 0);
  await new Promise(setImmediate);
  assert.equal(sent(), 300);
  for (const more of [1, 299, 400]) wire.onbytes(encodeFrame(`{"jsonrpc":"2.0","method":"rpc.credit","params":{"call":1,"stream":"data","bytes":${more}}}`));
  await writing;
  assert.ok(done);
  assert.equal(sent(), 1000);

  const get = connection.open('get', { path: 'a' } as never, { from: ['data'] });
  const credits = (): number => wire.frames().filter((f) => f.envelope.includes('rpc.credit')).length;
  wire.onbytes(encodeFrame('{"jsonrpc":"2.0","method":"rpc.data","params":{"call":2,"stream":"data"}}', new Uint8Array(300)));
  assert.equal(credits(), 0);
  await get.stream('data').read();
  assert.equal(credits(), 1);
});
