// `tug mcp` with the official client of the Model Context Protocol, and against its schemas.

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, InitializeResultSchema, JSONRPCMessageSchema, ListToolsResultSchema, ServerNotificationSchema, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { Ajv } from 'ajv';

const bin = process.env['TUG_BIN_DIR']!;
const directory = mkdtempSync(`${tmpdir()}/tug-mcp-`);
let tugd: ChildProcess;
let client: Client;
let address: string;
const key = (name: string): Record<string, string> => ({ TUG_KEY_FILE: `${directory}/keys`, TUG_KEY: name, PATH: process.env['PATH']! });

/// A client, each message to which is what the protocol's own schema says.
async function connected(name = 'all'): Promise<Client> {
  const made = new Client({ name: 'official', version: '1' });
  const transport = new StdioClientTransport({ command: `${bin}/tug`, args: ['mcp', address], env: key(name) });
  await made.connect(transport);
  const take = transport.onmessage!;
  transport.onmessage = (message) => {
    JSONRPCMessageSchema.parse(message);
    if ('method' in message) ServerNotificationSchema.parse(message);
    take(message);
  };
  return made;
}

before(async () => {
  for (const name of ['root', 'state']) mkdirSync(`${directory}/${name}`);
  spawnSync(`${bin}/tug`, ['keygen', 'all', '-o', `${directory}/keys`]);
  spawnSync(`${bin}/tug`, ['keygen', 'reader', '-o', `${directory}/keys`, '--append', '--permissions', 'get']);
  tugd = spawn(`${bin}/tugd`, ['--listen', '127.0.0.1:0', '--root', `${directory}/root`, '--keys', `${directory}/keys`, '--state-dir', `${directory}/state`], { stdio: ['ignore', 'pipe', 'ignore'] });
  address = await new Promise<string>((resolve) => tugd.stdout!.on('data', (bytes) => resolve(/listening on (\S+)/.exec(String(bytes))![1]!)));
  client = await connected();
});

after(async () => {
  await client.close();
  tugd.kill();
  rmSync(directory, { recursive: true, force: true });
});

interface Outcome { structuredContent: Record<string, any>; isError?: boolean }
const tool = (name: string, args: Record<string, unknown>, options = {}): Promise<Outcome> =>
  client.callTool({ name, arguments: args }, CallToolResultSchema, options) as Promise<Outcome>;

test('it says who it is, and its tools have valid schemas', async () => {
  assert.equal(client.getServerVersion()!.name, 'tug');
  const { tools } = ListToolsResultSchema.parse(await client.listTools());
  assert.ok(tools.length > 10);
  for (const one of tools) new Ajv({ strict: false }).compile(one.inputSchema);
  const reader = await connected('reader');
  const offered = (await reader.listTools()).tools.map((one) => one.name).sort();
  await reader.close();
  assert.deepEqual(offered, ['about', 'list_files', 'read_file', 'stat', 'watch_events', 'watch_files', 'watch_stop']);
});

/// The first message that comes, and the end.
async function said(by: ChildProcess): Promise<unknown> {
  for await (const line of createInterface(by.stdout!)) return JSON.parse(line);
  throw new Error('it said nothing');
}

test('each version of the protocol that the client knows is answered by its schema', async () => {
  for (const protocolVersion of SUPPORTED_PROTOCOL_VERSIONS) {
    const it = spawn(`${bin}/tug`, ['mcp', address], { env: key('all'), stdio: ['pipe', 'pipe', 'inherit'] });
    it.stdin!.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } } })}\n`);
    const answer = JSONRPCMessageSchema.parse(await said(it)) as { result: unknown };
    const result = InitializeResultSchema.parse(answer.result);
    if (protocolVersion !== '2024-10-07') assert.equal(result.protocolVersion, protocolVersion);
    it.stdin!.end();
    await once(it, 'exit');
  }
});

test('a watch goes on between calls; a digest is what if_match takes', async () => {
  mkdirSync(`${directory}/root/watched`);
  const { watch } = (await tool('watch_files', { path: 'watched' })).structuredContent;
  const written = await tool('write_file', { path: 'watched/f', content: 'one' });
  const seen = await tool('watch_events', { watch });
  assert.ok(seen.structuredContent['events'].some((e: { event: string; path: string }) => e.event === 'created' && e.path === 'f'), JSON.stringify(seen));
  const { digest } = (await tool('stat', { path: 'watched/f', digest: true })).structuredContent;
  assert.equal(digest, written.structuredContent['digest']);
  assert.ok(!(await tool('write_file', { path: 'watched/f', content: 'two', if_match: digest })).isError);
  const failed = await tool('write_file', { path: 'watched/f', content: 'three', if_match: digest });
  assert.equal(failed.structuredContent['error'].name, 'precondition_failed');
  assert.equal(readFileSync(`${directory}/root/watched/f`, 'utf8'), 'two');
});

test('a command, a file, a failure', async () => {
  const ran = await tool('exec', { argv: ['sh', '-c', 'echo hi; exit 3'] });
  assert.equal(ran.structuredContent['exit_code'], 3);
  assert.equal(ran.structuredContent['stdout'].text, 'hi\n');
  await tool('write_file', { path: 'f', content: 'text' });
  assert.equal(readFileSync(`${directory}/root/f`, 'utf8'), 'text');
  const failed = await tool('read_file', { path: 'none' });
  assert.ok(failed.isError);
  assert.equal(failed.structuredContent['error'].name, 'not_found');
  await assert.rejects(tool('no_such_tool', {}));
});

test('progress, and a cancel that ends the command', async () => {
  const seen: number[] = [];
  await tool('exec', { shell: 'for i in 1 2 3; do echo $i; sleep 0.3; done' }, { onprogress: (p: { progress: number }) => seen.push(p.progress) });
  assert.ok(seen.length > 0);
  const stop = new AbortController();
  const long = tool('exec', { shell: 'echo begun > begun; sleep 1000', job: 'long', wait_ms: 60000 }, { signal: stop.signal });
  for (;;) if (!(await tool('stat', { path: 'begun' })).isError) break;
  stop.abort();
  await assert.rejects(long);
  const waited = await tool('job_wait', { job: 'long' });
  assert.equal(waited.structuredContent['result'].reason, 'cancelled');
});
