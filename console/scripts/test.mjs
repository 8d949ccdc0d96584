// Runs the tests of a folder: test.mjs [test|browser|agents] [NAME...]. Those of the library are in test/; those of the
// page, in Chromium, in browser/; the official client of the Model Context Protocol is in agents/.

import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const [folder = 'test', ...wanted] = process.argv.slice(2);
const out = `${root}dist/${folder}`;
const names = wanted.length > 0 ? wanted.map((name) => `${name}.test.ts`) : readdirSync(`${root}${folder}`).filter((name) => name.endsWith('.test.ts'));
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: names.map((name) => `${folder}/${name}`),
  outdir: out,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  packages: 'external',
  sourcemap: 'inline',
  outExtension: { '.js': '.mjs' },
  logLevel: 'warning',
});
const files = readdirSync(out).filter((name) => name.endsWith('.mjs')).map((name) => `${out}/${name}`);
const environment = { TUG_SOURCE_DIR: `${root}..`, TUG_BIN_DIR: `${root}../build/bin`, ...process.env };
const only = process.env.TUG_TEST_NAME ? [`--test-name-pattern=${process.env.TUG_TEST_NAME}`] : [];
const reports = ['--test-reporter=spec', '--test-reporter-destination=stdout', '--test-reporter=tap', `--test-reporter-destination=${out}/report.tap`];
// Before version 20 WebCrypto had to be asked for.
const webcrypto = Number(process.versions.node.split('.')[0]) < 20 ? ['--experimental-global-webcrypto'] : [];
const run = spawnSync(process.execPath, [...webcrypto, ...only, '--enable-source-maps', ...reports, '--test', ...files], { stdio: 'inherit', env: environment });
process.exit(run.status ?? 1);
