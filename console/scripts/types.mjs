// Makes src/lib/methods.ts from what a tugd says of itself, rpc.discover, and src/lib/remedies.ts from what the tug beside
// it says of errors. Usage: types.mjs PATH_OF_TUGD [--check]

import { build } from 'esbuild';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const [tugd, check] = process.argv.slice(2);
if (!tugd) throw new Error('the path of tugd is missing');

const indented = (text) => text.replace(/\n/g, '\n  ');

/// A JSON schema as a type.
function typeOf(schema) {
  if (schema === undefined || schema === true || Object.keys(schema).length === 0) return 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.oneOf ?? schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeOf).join(' | ');
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(' | ');
  switch (schema.type) {
    case 'integer':
    case 'number': return 'number';
    case 'string': return 'string';
    case 'boolean': return 'boolean';
    case 'null': return 'null';
    case 'array': return `(${typeOf(schema.items)})[]`;
    case 'object': return objectOf(schema);
    default: return 'unknown';
  }
}

function objectOf(schema) {
  const properties = Object.entries(schema.properties ?? {});
  if (properties.length === 0) return typeof schema.additionalProperties === 'object' ? `Record<string, ${typeOf(schema.additionalProperties)}>` : 'Record<string, unknown>';
  const required = schema.required ?? [];
  return `{\n${properties.map(([name, value]) => `  ${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${indented(typeOf(value))};\n`).join('')}}`;
}

function paramsOf(method) {
  const properties = Object.fromEntries((method.params ?? []).map((p) => [p.name, p.schema ?? {}]));
  const required = (method.params ?? []).filter((p) => p.required).map((p) => p.name);
  return objectOf({ properties, required });
}

/// What `tug help errors` says is to be done: of each error, and of some where the errno is a certain one.
function remedies() {
  const help = (...words) => execFileSync(`${dirname(tugd)}/tug`, ['help', 'errors', ...words], { encoding: 'utf8' });
  const names = help().split('\n\n')[0].split('\n').map((line) => line.split(' ')[0]);
  const of = (name) => [...help(name).matchAll(/^ {2}(\w+): (.*)$/gm)].map(([, word, text]) => [word === 'Remedy' ? name : `${name} ${word}`, text]);
  const entries = names.flatMap(of).map(([key, text]) => `  ${JSON.stringify(key)}: ${JSON.stringify(text)},\n`);
  return `// Made from \`tug help errors\` by scripts/types.mjs: of an error, or of an error with an errno.\n\nexport const remedies: Record<string, string> = {\n${entries.join('')}};\n`;
}

function keep(name, text) {
  const file = `${root}src/lib/${name}`;
  if (check !== '--check') writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`src/lib/${name} is not what this tugd says: run \`npm run types -- PATH_OF_TUGD\``);
    process.exitCode = 1;
  }
}

const directory = mkdtempSync(`${tmpdir()}/tug-types-`);
const daemon = spawn(tugd, ['--listen', '127.0.0.1:0', '--root', directory, '--no-auth'], { stdio: ['ignore', 'pipe', 'ignore'] });
try {
  const line = await new Promise((resolve) => daemon.stdout.once('data', (bytes) => resolve(String(bytes))));
  const port = Number(/listening on \S+:(\d+)/.exec(line)[1]);
  mkdirSync(`${root}dist`, { recursive: true });
  await build({ absWorkingDir: root, entryPoints: ['scripts/discover.ts'], outfile: 'dist/discover.mjs', bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' });
  const { discover } = await import(`${root}dist/discover.mjs`);
  const document = await discover(port);
  const methods = document.methods.sort((a, b) => (a.name < b.name ? -1 : 1));
  const body = methods.map((m) => `  ${JSON.stringify(m.name)}: {\n    params: ${indented(indented(paramsOf(m)))};\n    result: ${indented(indented(typeOf(m.result?.schema)))};\n  };\n`).join('');
  keep('methods.ts', `// Made from rpc.discover by scripts/types.mjs.\n\nexport interface Methods {\n${body}}\n`);
  keep('remedies.ts', remedies());
} finally {
  daemon.kill();
  rmSync(directory, { recursive: true, force: true });
}
