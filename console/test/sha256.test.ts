import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import { joinPath, shown } from '../src/lib/bytes.ts';
import { Sha256 } from '../src/lib/sha256.ts';

test('as OpenSSL has it, in pieces of any size', () => {
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 100000]) {
    const bytes = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255));
    for (const piece of [1, 63, 64, 1000, size + 1]) {
      const it = new Sha256();
      for (let at = 0; at < size; at += piece) it.update(bytes.subarray(at, at + piece));
      assert.equal(it.hex(), createHash('sha256').update(bytes).digest('hex'), `${size} in pieces of ${piece}`);
    }
  }
});

test('names are shown without what a terminal or a reader could be misled by', () => {
  assert.equal(shown('a\u001b[31mb\u202ec'), 'a\\u001b[31mb\\u202ec');
  assert.equal(shown({ base64: Buffer.from([0x61, 0xff]).toString('base64') }), 'a\\xff');
  assert.deepEqual(joinPath('d', { base64: Buffer.from([0xff]).toString('base64') }), { base64: Buffer.from([0x64, 0x2f, 0xff]).toString('base64') });
  assert.equal(joinPath('', 'a'), 'a');
  assert.equal(joinPath('/', 'a'), '/a');
});
