// `tug mcp` with the official client of the Model Context Protocol, and against its schemas.

import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { after, before, test } from 'node:test';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, InitializeResultSchema, ListToolsResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { Ajv } from 'ajv';

const bin = process.env['TUG_BIN_DIR']!;
const directory = mkdtempSync(`${tmpdir()}/tug-mcp-`);
let tugd: ChildProcess;
let client: Client;

before(async () => {
  for (const name of ['root', 'state']) mkdirSync(`${directory}/${name}`);
  spawnSync(`${bin}/tug`, ['keygen', 'k', '-o', `${directory}/keys`]);
  tugd = spawn(`${bin}/tugd`, ['--listen', '127.0.0.1:0', '--root', `${directory}/root`, '--keys', `${directory}/keys`, '--state-dir', `${directory}/state`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const address = await new Promise<string>((resolve) => tugd.stdout!.on('data', (bytes) => resolve(/listening on (\S+)/.exec(String(bytes))![1]!)));
  client = new Client({ name: 'official', version: '1' });
  await client.connect(new StdioClientTransport({ command: `${bin}/tug`, args: ['mcp', address], env: { TUG_KEY_FILE: `${directory}/keys`, PATH: process.env['PATH']! } }));
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
  assert.ok(InitializeResultSchema);
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
