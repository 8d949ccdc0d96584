// The tree of files, in Chromium.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';

import type { Page } from 'playwright-core';

import { axeFinds, complaints, dragged, line, view, World } from './world.ts';

let world: World;
before(async () => {
  world = await World.start();
  mkdirSync(`${world.root}/project/src/deep`, { recursive: true });
  for (const name of ['project/readme.md', 'project/src/main.c', 'project/src/deep/file', 'project/zeta']) writeFileSync(`${world.root}/${name}`, `text of ${name}\n`);
  writeFileSync(`${world.root}/picture.png`, Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64'));
  symlinkSync('project', `${world.root}/link`);
});
after(() => world.close());
afterEach(() => assert.deepEqual(complaints.splice(0), []));

/// What the one line says that the keys are for.
const active = async (page: Page): Promise<string> => (await page.locator('.line.active').locator('.name').textContent()) ?? '';
const names = (page: Page): Promise<string[]> => page.locator('.line .name').allTextContents();

async function onTree(key = 'all', how = {}): Promise<Page> {
  const page = await world.open(key, how);
  await view(page, 'files');
  await line(page, 'project').waitFor();
  return page;
}

test('by keyboard alone: arrows, Home and End, names that are typed, a preview, and back', async () => {
  const page = await onTree();
  for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.getAttribute('role') === 'tree')); ++i) await page.keyboard.press('Tab');
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  assert.equal(await active(page), '/');
  await press('ArrowDown');
  assert.equal(await active(page), 'project');
  await press('ArrowRight'); // opens it
  await line(page, 'src').waitFor();
  await press('ArrowRight'); // and goes in
  assert.equal(await active(page), 'src');
  await press('Enter');
  await line(page, 'main.c').waitFor();
  await press('End');
  assert.equal(await active(page), 'picture.png');
  await press('Home');
  assert.equal(await active(page), '/');
  await page.keyboard.type('mai');
  assert.equal(await active(page), 'main.c');
  await press('Enter');
  await page.getByText('text of project/src/main.c').waitFor();
  await press('ArrowLeft', 'ArrowLeft'); // to src, which closes
  assert.equal(await active(page), 'src');
  await line(page, 'main.c').waitFor({ state: 'detached' });
  assert.equal(await page.locator('[role=treeitem][aria-selected=true]').getAttribute('aria-level'), '3');
  assert.equal(await page.locator('[role=treeitem][aria-selected=true]').getAttribute('aria-expanded'), 'false');
  const described = await page.evaluate(() => document.getElementById(document.activeElement!.getAttribute('aria-activedescendant')!)!.textContent);
  assert.match(described!, /^src/);
  await press('ArrowLeft', 'ArrowLeft');
  assert.equal(await active(page), 'project');
  await press('F2');
  await page.keyboard.press('Escape');
  await press('Delete');
  await page.getByRole('dialog').getByText('Delete project and all that is in it?').waitFor();
  await page.keyboard.press('Escape');
  assert.ok(existsSync(`${world.root}/project`));
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'tree'); // it has the focus again
  await page.context().close();
});

test('a picture, a link to a directory, and a place that a reload finds again', async () => {
  const page = await onTree();
  await line(page, 'picture.png').click();
  await page.locator('.preview img').waitFor();
  await line(page, 'link').click();
  await page.locator('.line', { hasText: 'readme.md' }).click();
  await page.getByText('text of project/readme.md').waitFor();
  assert.match(await page.evaluate(() => location.hash), /link%2Freadme\.md$/);
  await page.reload();
  await page.waitForSelector('body[data-link=open]');
  await page.waitForFunction(() => document.querySelector('.line.active .name')?.textContent === 'link'); // as far as it is open by itself
  await page.context().close();
});

test('what others change is seen at once, and what is open in a directory that goes', async () => {
  const page = await onTree();
  await line(page, 'project').click();
  await line(page, 'src').click();
  await line(page, 'deep').waitFor();
  writeFileSync(`${world.root}/project/src/new`, 'new');
  await line(page, 'new').waitFor();
  renameSync(`${world.root}/project/src/new`, `${world.root}/project/newer`);
  await line(page, 'newer').waitFor();
  await line(page, 'new').waitFor({ state: 'detached' });
  writeFileSync(`${world.root}/project/newer`, Buffer.alloc(2048));
  await line(page, 'newer').getByText('2.0 KiB').waitFor();
  mkdirSync(`${world.root}/project/temporary`);
  await line(page, 'temporary').click();
  await page.getByText('This directory is empty.').waitFor();
  rmSync(`${world.root}/project/temporary`, { recursive: true });
  await line(page, 'temporary').waitFor({ state: 'detached' });
  rmSync(`${world.root}/project/newer`);
  await line(page, 'newer').waitFor({ state: 'detached' });
  await world.killTugd();
  writeFileSync(`${world.root}/project/src/meanwhile`, '');
  await page.waitForSelector('body[data-link=lost]');
  await world.startTugd();
  await line(page, 'meanwhile').waitFor(); // all that is open is read again
  rmSync(`${world.root}/project/src/meanwhile`);
  await line(page, 'meanwhile').waitFor({ state: 'detached' }); // and followed again
  await page.context().close();
});

test('files are dropped onto a directory, one that is closed, too, and onto a file into its directory', async () => {
  const page = await onTree();
  await line(page, 'project').dispatchEvent('dragover', { dataTransfer: await dragged(page, 'a', 'a') });
  await page.locator('.line.over', { hasText: 'project' }).waitFor();
  await world.shot(page, 'tree-drag');
  await line(page, 'project').dispatchEvent('drop', { dataTransfer: await dragged(page, 'onto-directory', 'one') });
  await line(page, 'onto-directory').waitFor();
  assert.equal(readFileSync(`${world.root}/project/onto-directory`, 'utf8'), 'one');
  await line(page, 'readme.md').dispatchEvent('drop', { dataTransfer: await dragged(page, 'beside-file', 'two') });
  await line(page, 'beside-file').waitFor();
  assert.equal(readFileSync(`${world.root}/project/beside-file`, 'utf8'), 'two');
  await line(page, 'src').click();
  await page.getByRole('button', { name: 'Upload into /project/src' }).waitFor();
  await page.setInputFiles('input[type=file]', { name: 'chosen', mimeType: 'text/plain', buffer: Buffer.from('three') });
  await line(page, 'chosen').waitFor();
  assert.equal(readFileSync(`${world.root}/project/src/chosen`, 'utf8'), 'three');
  await page.context().close();
});

test('a hundred thousand names: some at first, few elements, all of them by keys', async () => {
  mkdirSync(`${world.root}/many`);
  spawnSync('/bin/sh', ['-c', 'seq -f %06g 0 99999 | xargs touch'], { cwd: `${world.root}/many` });
  const page = await onTree();
  await page.evaluate(() => {
    const seen = { longest: 0, last: performance.now() };
    (window as unknown as { frames: object }).frames = seen;
    const count = (now: number): void => {
      seen.longest = Math.max(seen.longest, now - seen.last);
      seen.last = now;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await line(page, 'many').click();
  await line(page, '000000').waitFor();
  // The last line of that directory is the fourth from below: project, link and picture.png follow.
  const lastOfMany = async (text: string): Promise<void> => {
    await page.locator('.tree').focus();
    for (let frame = 0; frame < 5000; ++frame) {
      for (const key of ['End', 'ArrowUp', 'ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
      if ((await page.locator('.line.active').textContent())!.includes(text)) return;
      await page.evaluate(() => new Promise(requestAnimationFrame));
    }
    assert.fail(`${text} is not there`);
  };
  for (const more of [20000, 40000, 80000]) {
    await lastOfMany(`The first ${more} names are shown`);
    await page.keyboard.press('Enter');
  }
  await lastOfMany('099999');
  assert.equal(await page.locator('.line.active').getAttribute('aria-setsize'), '100000');
  assert.ok((await page.locator('.line').count()) < 100);
  const longest = await page.evaluate(() => (window as unknown as { frames: { longest: number } }).frames.longest);
  console.log(`        100,000 names: the longest time without a frame was ${Math.round(longest)} ms`);
  rmSync(`${world.root}/many`, { recursive: true });
  await line(page, 'many').waitFor({ state: 'detached' });
  await page.context().close();
});

test('narrow and wide, light and dark: it fits, and axe-core finds no error', async () => {
  for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light'], [390, 'dark']] as const) {
    const page = await onTree('all', { colorScheme, bypassCSP: true, viewport: { width, height: 800 } });
    await line(page, 'project').click();
    await line(page, 'src').click();
    await line(page, 'main.c').click();
    await page.getByText('text of project/src/main.c').waitFor();
    await world.shot(page, `tree-${width}-${colorScheme}`);
    assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), `the page is wider than ${width}`);
    assert.deepEqual(await axeFinds(page), []);
    assert.ok((await names(page)).includes('main.c'));
    await page.context().close();
  }
});

test('a key that may only read: no change is offered, by keys and drops neither', async () => {
  const page = await onTree('reader');
  await line(page, 'project').click();
  await line(page, 'readme.md').click();
  await page.getByText('text of project/readme.md').waitFor();
  await page.locator('.tree').focus();
  await page.keyboard.press('Delete');
  await page.keyboard.press('F2');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await line(page, 'project').dispatchEvent('drop', { dataTransfer: await dragged(page, 'refused', 'x') });
  await page.getByRole('button', { name: 'Refresh' }).click();
  assert.ok(!existsSync(`${world.root}/project/refused`));
  assert.equal(await page.getByRole('button', { name: /Upload|New directory|Rename|Delete/ }).count(), 0);
  await page.context().close();
});
