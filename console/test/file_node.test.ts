import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FileNode, findByName, rowsOf, type Entry } from '../src/page/file_node.ts';

const root = (...entries: Entry[]): FileNode => {
  const out = new FileNode(undefined, { path: '/', type: 'directory' });
  out.expanded = true;
  out.put(entries);
  return out;
};
const file = (path: string): Entry => ({ path, type: 'file', size: 1 });
const directory = (path: string): Entry => ({ path, type: 'directory' });
const said = (node: FileNode): string => rowsOf(node).map((row) => `${row.kind === 'node' ? String(row.node.path) : row.kind}:${row.at}/${row.of}`).join(' ');

test('directories first, each kind in the order of its names, and what is open in its place', () => {
  const it = root(file('b'), directory('d'), file('a'), directory('c'));
  assert.equal(said(it), '/:1/1 /c:1/4 /d:2/4 /a:3/4 /b:4/4');
  const c = it.child('c')!;
  c.expanded = true;
  assert.equal(said(it), '/:1/1 /c:1/4 note:1/1 /d:2/4 /a:3/4 /b:4/4');
  c.put([file('x')]);
  c.more = true;
  assert.equal(said(it), '/:1/1 /c:1/4 /c/x:1/2 more:2/2 /d:2/4 /a:3/4 /b:4/4');
  assert.equal(c.child('x')!.level, 3);
});

test('a name stays the same node, open or not, until it stands for another type or is gone', () => {
  const it = root(directory('d'), file('f'));
  const [d, f] = [it.child('d')!, it.child('f')!];
  d.expanded = true;
  d.put([file('in')]);
  it.put([{ ...file('f'), size: 2 }, directory('d')]);
  assert.equal(it.child('d'), d);
  assert.equal(it.child('f')!.entry.size, 2);
  it.put([directory('f')]);
  assert.notEqual(it.child('f'), f);
  assert.ok(!f.isThere && d.isThere && d.child('in')!.isThere);
  it.keep(['f']);
  assert.ok(!d.isThere && !d.child('in')!.isThere);
  assert.equal(said(it), '/:1/1 /f:1/1');
});

test('names that are no UTF-8 are names like others, and no two are taken for one', () => {
  const raw: Entry = { path: { base64: '//8=' }, type: 'directory' };
  const it = root(raw, file('//8='), file('b//8='));
  assert.equal(it.size, 3);
  const node = it.child({ base64: '//8=' })!;
  assert.deepEqual(node.path, { base64: Buffer.from([0x2f, 0xff, 0xff]).toString('base64') });
  node.put([file('x')]);
  assert.deepEqual(node.child('x')!.path, { base64: Buffer.from([0x2f, 0xff, 0xff, 0x2f, 0x78]).toString('base64') });
});

test('names that are typed are found from a line on, and round the end', () => {
  const rows = rowsOf(root(file('alpha'), file('Beta'), file('bravo'), file('gamma')));
  const nameOf = (node: FileNode): string => String(node.entry.path);
  assert.equal(findByName(rows, 1, 'b', nameOf), 1); // in the order of the bytes Beta is the first of all
  assert.equal(nameOf(rows[findByName(rows, 2, 'b', nameOf)]!.node), 'bravo');
  assert.equal(nameOf(rows[findByName(rows, 4, 'be', nameOf)]!.node), 'Beta');
  assert.equal(findByName(rows, 0, 'none', nameOf), -1);
});

test('a hundred thousand names that come in pieces, in little time', () => {
  const it = root();
  for (let piece = 0; piece < 50; ++piece) {
    it.put(Array.from({ length: 2000 }, (_, i) => (i % 2 ? file : directory)(String(piece * 2000 + i).padStart(6, '0'))));
    rowsOf(it);
  }
  const rows = rowsOf(it);
  assert.equal(rows.length, 100001);
  assert.equal(rows[50001]!.node.path, '/000001');
  it.put([file('050000b')]);
  assert.equal(rowsOf(it).length, 100002);
});
