import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LineCutter } from '../src/lib/job_search.ts';
import { newTrace } from '../src/lib/trace.ts';
import { PlainText, plainText } from '../src/page/plain_text.ts';

const encoder = new TextEncoder();

test('text of a program without what it says to a terminal, cut anywhere', () => {
  const said = 'a\u001b[31mred\u001b[0m\u001b]0;title\u0007b\u001b]8;;x\u001b\\link\u001b(B\u001bP1$q\u001b\\\u0008c\r\nd\re\tf\u001b7ä';
  const plain = 'aredblinkc\nd\ne\tfä';
  assert.equal(plainText(said), plain);
  const bytes = encoder.encode(said);
  for (let size = 1; size <= bytes.length; ++size) {
    const it = new PlainText();
    let text = '';
    for (let at = 0; at < bytes.length; at += size) text += it.add(bytes.subarray(at, at + size));
    assert.equal(text, plain, `in pieces of ${size}`);
  }
});

test('lines and their positions, cut anywhere, over a gap, and too long', () => {
  const bytes = encoder.encode('one\n\ntwo\nthree');
  for (let size = 1; size <= bytes.length; ++size) {
    const lines: [string, number][] = [];
    const it = new LineCutter((line, position) => lines.push([new TextDecoder().decode(line), position]));
    for (let at = 0; at < bytes.length; at += size) it.add(bytes.subarray(at, at + size), 100 + at);
    it.end();
    assert.deepEqual(lines, [['one\n', 100], ['\n', 104], ['two\n', 105], ['three', 109]], `in pieces of ${size}`);
  }
  const seen: number[] = [];
  const it = new LineCutter((line, position) => seen.push(position, line.length));
  it.add(encoder.encode('cut'), 0);
  it.add(new Uint8Array(100000), 50); // 47 bytes are missing
  it.end();
  assert.deepEqual(seen, [0, 3, 50, 65536, 65586, 34464]);
});

test('a trace is one of W3C Trace Context, and no two are alike', () => {
  const [one, other] = [newTrace(), newTrace()];
  assert.match(one.traceparent, new RegExp(`^00-${one.id}-[0-9a-f]{16}-01$`));
  assert.match(one.id, /^[0-9a-f]{32}$/);
  assert.notEqual(one.id, other.id);
});
