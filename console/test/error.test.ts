import assert from 'node:assert/strict';
import { test } from 'node:test';

import { remedyOf, TugError } from '../src/lib/error.ts';

test('an error says what to do about it, in the words of tug: by its errno where that tells more', () => {
  const of = (reason: string, data: Record<string, unknown> = {}): string => remedyOf(new TugError(reason, 'why', data));
  assert.match(of('no_space'), /^free disk space or quota/);
  assert.match(of('no_space', { errno: 'EDQUOT' }), /^free or raise the quota/);
  assert.equal(of('permission_denied', { need: 'put' }), 'use a key that may do this');
  assert.match(of('permission_denied', { errno: 'EROFS' }), /^mount that file system writable/);
  assert.equal(of('of a later version'), '');
  assert.equal(remedyOf(new Error('another')), '');
});
