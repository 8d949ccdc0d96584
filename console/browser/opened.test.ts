// That `tug console` opens a browser where there is a display, and how.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { World } from './world.ts';

let world: World;
let tools: string;
let runtime: string;
before(async () => {
  world = await World.start();
  tools = `${world.directory}/tools`;
  runtime = `${world.directory}/runtime`;
  for (const directory of [tools, runtime]) mkdirSync(directory, { mode: 0o700 });
  spawnSync('mkfifo', [`${world.directory}/opened`]);
  // It says what it was given, and keeps what it was led to.
  writeFileSync(`${tools}/xdg-open`, `#!/bin/sh\ncp "$1" '${world.directory}/copy.html'\nstat -c %a "$1" > '${world.directory}/mode'\nps -eo args > '${world.directory}/seen'\necho "$1" > '${world.directory}/opened'\n`, { mode: 0o755 });
});
after(() => world.close());

const environment = (): NodeJS.ProcessEnv => ({ PATH: `${tools}:${process.env['PATH']}`, XDG_RUNTIME_DIR: runtime });

test('with a display: by a file that no other user can read, which goes when the page was opened', async () => {
  const address = await world.console('all', { ...environment(), DISPLAY: ':99' });
  const file = readFileSync(`${world.directory}/opened`, 'utf8').trim();
  assert.ok(file.startsWith(`${runtime}/tug-console-`), file);
  assert.equal(readFileSync(`${world.directory}/mode`, 'utf8').trim(), '600');
  assert.ok(readFileSync(`${world.directory}/copy.html`, 'utf8').includes(address));
  assert.ok(!readFileSync(`${world.directory}/seen`, 'utf8').includes('token='), 'every user sees the words of a command line');
  const page = await (await world.browser.newContext()).newPage();
  await page.goto(`file://${world.directory}/copy.html`, { waitUntil: 'commit' }).catch(() => {});
  await page.waitForSelector('body[data-link=open]');
  assert.deepEqual(readdirSync(runtime), []);
  await page.context().close();
});

test('without a display, or with --no-open, no browser is opened', async () => {
  writeFileSync(`${tools}/xdg-open`, `#!/bin/sh\n: > '${world.directory}/wrong'\n`, { mode: 0o755 });
  for (const [more, ...flags] of [[{}], [{ DISPLAY: '' }], [{ DISPLAY: ':99' }, '--no-open']] as [NodeJS.ProcessEnv, ...string[]][]) {
    const address = await world.console('all', { ...environment(), ...more }, ...flags);
    const page = await (await world.browser.newContext()).newPage();
    await page.goto(address);
    await page.waitForSelector('body[data-link=open]'); // it serves: so whatever it opens was opened
    await page.context().close();
    assert.deepEqual(readdirSync(runtime), []);
    assert.ok(!statSync(`${world.directory}/wrong`, { throwIfNoEntry: false }));
  }
});
