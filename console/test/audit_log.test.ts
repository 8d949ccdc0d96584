import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AuditLog, passes, stateOf, type AuditEvent, type LogFilter } from '../src/page/audit_log.ts';

const time = '2026-11-29T07:20:57.123Z';
const call = (event: 'began' | 'call', number: number, more: Partial<AuditEvent> = {}): AuditEvent => ({ time, event, peer: '10.0.0.7:5', key: 'ci', call: number, method: 'exec', subject: 'make', ...more });
const said = (log: AuditLog): string[] => log.lines.map((line) => `${line.key} ${line.what} ${line.subject}: ${line.outcome || 'running'}`);
const any: LogFilter = { method: '', key: '', outcome: '' };

test('a call is one line, whose end finds its beginning', () => {
  const log = new AuditLog(100);
  log.add({ time, event: 'ready' });
  log.add({ time, event: 'login', peer: 'p', key: 'ci', outcome: 'ok' });
  log.add(call('began', 7, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }));
  log.add(call('began', 8, { method: 'put', subject: 'f' }));
  log.add(call('call', 7, { outcome: 'exited 0', ms: 12 }));
  log.add(call('call', 9, { method: 'exec.signal', subject: 'INT', outcome: 'not_found', cut: true }));
  assert.deepEqual(said(log), ['ci exec.signal INT…: not_found', 'ci put f: running', 'ci exec make: exited 0', 'ci login : ok']);
  assert.equal(log.lines[2]!.trace, '0af7651916cd43dd8448eb211c80319c');
  assert.deepEqual(log.lines.map(stateOf), ['failed', 'running', 'ok', 'ok']);
});

test('what is missing is said: by the server, and where the connection was lost', () => {
  const log = new AuditLog(100);
  log.add(call('began', 1));
  log.add({ time, event: 'lost', lines: 5 });
  log.interrupted(time);
  assert.match(said(log)[0]!, /connection was lost/);
  assert.match(said(log)[1]!, /5 events are missing/);
  assert.equal(stateOf(log.lines[2]!), 'failed');
  assert.equal(log.lines.filter((line) => passes(line, { method: 'get', key: 'x', outcome: 'ok' })).length, 2);
  log.add(call('call', 1, { outcome: 'ok' })); // another one, of the server that was started again
  assert.equal(log.lines.length, 4);
});

test('a filter for the method, the key and the outcome', () => {
  const log = new AuditLog(100);
  log.add({ time, event: 'login', peer: 'p', key: '', outcome: 'auth_failed' });
  log.add(call('began', 1, { key: 'laptop' }));
  log.add(call('call', 2, { method: 'file.list', outcome: 'ok' }));
  const count = (filter: Partial<LogFilter>): number => log.lines.filter((line) => passes(line, { ...any, ...filter })).length;
  assert.deepEqual([count({}), count({ method: 'EXEC' }), count({ method: 'login' }), count({ key: 'lap' }), count({ outcome: 'ok' }), count({ outcome: 'failed' }), count({ outcome: 'running', key: 'ci' })], [3, 1, 1, 1, 1, 1, 0]);
});

test('it holds no more than it is to, also of calls that never end', () => {
  const log = new AuditLog(10);
  for (let i = 0; i < 10000; ++i) log.add(call('began', i));
  assert.equal(log.lines.length, 10);
  assert.equal((log as unknown as { running: Map<number, unknown> }).running.size, 10);
  log.add(call('call', 0, { outcome: 'ok' })); // its beginning was forgotten
  assert.equal(stateOf(log.lines[0]!), 'ok');
});
