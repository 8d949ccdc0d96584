// What the page does, in Chromium.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';

import type { Page } from 'playwright-core';

import { axeFinds, complaints, dragged, line, view, World } from './world.ts';

let world: World;
before(async () => (world = await World.start()));
after(() => world.close());
afterEach(() => assert.deepEqual(complaints.splice(0), []));

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
test('the host: numbers and plots, light and dark, wide and narrow', async () => {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1280, 390]) {
      const page = await world.open('all', { colorScheme, viewport: { width, height: 800 } });
      await page.getByRole('heading', { name: 'Memory in use' }).waitFor();
      await page.waitForSelector('.facts dd');
      await world.shot(page, `start-${width}-${colorScheme}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.ok(!wide, `the page is wider than ${width}`);
      await page.context().close();
    }
});

test('a terminal, and a reload in the middle', async () => {
  const page = await world.open();
  await view(page, 'terminals');
  await page.getByRole('button', { name: 'New terminal' }).click();
  await page.locator('.xterm-helper-textarea').waitFor({ state: 'attached' });
  const shown = page.locator('.xterm-rows');
  await page.keyboard.type('echo first-$((20 + 22)); WORD=kept\n');
  await shown.getByText('first-42').waitFor();
  await world.shot(page, 'terminal');
  await page.reload();
  await page.waitForSelector('body[data-link=open]');
  await shown.getByText('first-42').waitFor();
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('echo again-$WORD; printf "\\033[31mred\\033[0m\\n"\n');
  await shown.getByText('again-kept').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'End' }).click();
  await page.getByText('No terminal is open.').waitFor();
  await page.context().close();
});

test('a lost connection: tugd is killed and comes again, the terminal goes on', async () => {
  const page = await world.open();
  await view(page, 'terminals');
  await page.getByRole('button', { name: 'New terminal' }).click();
  const shown = page.locator('.xterm-rows');
  await page.locator('.xterm-helper-textarea').waitFor({ state: 'attached' });
  await page.keyboard.type('echo before-$((1 + 1))\n');
  await shown.getByText('before-2').waitFor();
  await world.killTugd();
  await page.waitForSelector('body[data-link=lost]');
  await world.shot(page, 'lost');
  await world.startTugd();
  await page.waitForSelector('body[data-link=open]');
  await page.locator('.xterm-helper-textarea').focus();
  await page.keyboard.type('echo after-$((1 + 2))\n');
  await shown.getByText('after-3').waitFor();
  await page.context().close();
});

test('files: upload by drop, 100 MiB up and down with equal digests, rename, delete', async () => {
  const page = await world.open();
  const big = Buffer.alloc(100 << 20);
  for (let i = 0; i < big.length; i += 4096) big.writeUInt32LE((i * 2654435761) >>> 0, i);
  writeFileSync(`${world.directory}/big`, big);
  await view(page, 'files');
  await page.getByText('This directory is empty.').waitFor();
  await page.setInputFiles('input[type=file]', `${world.directory}/big`);
  await page.getByRole('button', { name: 'Stop: Upload big' }).waitFor();
  await line(page, 'big').click({ timeout: 120000 });
  await page.waitForSelector('.transfers:empty', { state: 'attached', timeout: 120000 });
  assert.equal(sha256(readFileSync(`${world.root}/big`)), sha256(big));
  const [download] = await Promise.all([page.waitForEvent('download', { timeout: 120000 }), page.getByRole('button', { name: 'Download big' }).click()]);
  assert.equal(sha256(readFileSync(await download.path())), sha256(big));

  await page.dispatchEvent('.tree', 'drop', { dataTransfer: await dragged(page, 'dropped.txt', 'dropped text') });
  await line(page, 'dropped.txt').click();
  await page.getByText('dropped text').waitFor();
  await page.getByRole('button', { name: 'Rename dropped.txt' }).click();
  await page.keyboard.type('renamed.txt');
  await page.keyboard.press('Enter');
  await line(page, 'renamed.txt').waitFor();
  await line(page, 'dropped.txt').waitFor({ state: 'detached' });
  await world.shot(page, 'files');
  await page.getByRole('button', { name: 'Delete renamed.txt' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  assert.ok(existsSync(`${world.root}/renamed.txt`));
  await page.getByRole('button', { name: 'Delete renamed.txt' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Deleted renamed.txt').waitFor();
  assert.ok(!existsSync(`${world.root}/renamed.txt`));
  await page.context().close();
});

test('an upload that is stopped leaves nothing', async () => {
  const page = await world.open();
  await view(page, 'files');
  writeFileSync(`${world.directory}/stopped`, Buffer.alloc(40 << 20));
  await page.setInputFiles('input[type=file]', `${world.directory}/stopped`);
  await page.getByRole('button', { name: 'Stop: Upload stopped' }).click();
  await page.waitForSelector('.transfers:empty', { state: 'attached' });
  if (existsSync(`${world.root}/stopped`)) assert.equal(statSync(`${world.root}/stopped`).size, 40 << 20); // it was done already
  await page.context().close();
});

test('jobs: started, live output, search, signal, cancel, head and tail', async () => {
  const page = await world.open();
  await view(page, 'jobs');
  await page.getByLabel('Command to start as a job').fill('trap "echo caught" USR1; echo a-line; echo an-error >&2; while :; do sleep 0.05; done');
  await page.keyboard.press('Enter');
  await page.locator('.output').getByText('a-line').waitFor();
  await page.locator('.output .err').getByText('an-error').waitFor();
  await page.getByLabel('Signal').selectOption('USR1');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.locator('.output').getByText('caught').waitFor();
  await page.getByRole('searchbox').fill('line');
  await page.getByText('1 found').waitFor();
  await world.shot(page, 'job');
  await page.reload();
  await page.locator('.output').getByText('caught').waitFor();
  await page.getByRole('button', { name: 'Cancel job' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End' }).click();
  await page.locator('.state', { hasText: 'cancelled' }).waitFor();
  await page.context().close();
});

test('jobs: the last line in the list; of a long output the head, the tail, and a search in all of it', async () => {
  const page = await world.open();
  await view(page, 'jobs');
  await page.getByLabel('Command to start as a job').fill('seq 1 1000000; echo failing >&2; exit 3');
  await page.keyboard.press('Enter');
  await page.locator('.state', { hasText: 'exit 3' }).first().waitFor();
  await page.reload();
  await page.locator('.output').getByText('1000000').waitFor();
  await page.locator('p.dim', { hasText: 'before this are not shown' }).waitFor();
  await page.getByRole('button', { name: 'Show the beginning' }).click();
  await page.locator('.extra strong', { hasText: '64 KiB of the output, from byte 0 on' }).waitFor();
  await page.getByRole('searchbox').last().fill('77123');
  await page.getByRole('button', { name: 'Search all of it' }).click();
  await page.locator('.extra [role=status]', { hasText: '20 lines found in all that the host keeps' }).waitFor(); // 77123, 771230 to 771239, 177123 to 977123
  await page.getByRole('button', { name: '77123', exact: true }).click();
  await page.locator('.extra strong', { hasText: 'around what was found' }).waitFor();
  await page.locator('.extra .output').getByText('77123').waitFor();
  await world.shot(page, 'job-search');
  await page.getByRole('button', { name: 'Close what is further back' }).click();
  await page.getByRole('button', { name: '← Jobs' }).click();
  await page.locator('tr', { hasText: 'exit 3' }).locator('td.last', { hasText: '1000000' }).waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await world.shot(page, `jobs-${colorScheme}`);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await world.shot(page, 'jobs-390');
  await page.context().close();
});

/// What the page has been sent, and how it was while that came.
interface Flood { frames: number; bytes: number }

test('a flood of output: no byte is lost, the page goes on answering, and the end is there', async () => {
  const page = await world.open();
  await view(page, 'jobs');
  const lines = 600000; // less than the host keeps
  await page.getByLabel('Command to start as a job').fill(`echo ready; until [ -e go ]; do sleep 0.02; done; seq -f '%099.0f' 1 ${lines}; echo the-end`);
  const flood: Flood = await page.evaluate(() => {
    const seen = { frames: 0, bytes: 0 };
    (window as unknown as { flood: object }).flood = seen;
    const count = (): void => {
      ++seen.frames;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    return seen;
  });
  assert.equal(flood.frames, 0);
  await page.keyboard.press('Enter');
  await page.locator('.output').getByText('ready').waitFor();
  writeFileSync(`${world.root}/go`, '');
  const began = Date.now();
  await page.waitForSelector('.amount:not([title="6 bytes read"])');
  // While it comes: a search is typed, and answered.
  await page.getByRole('searchbox').fill('5');
  await page.locator('[role=status]', { hasText: /found$/ }).waitFor();
  const answered = Date.now();
  await page.getByRole('searchbox').fill('');
  const total = 'ready\n'.length + lines * 100 + 'the-end\n'.length;
  await page.waitForSelector(`.amount[title="${total} bytes read"]`, { timeout: 300000 }); // every byte, and none twice
  const seconds = (Date.now() - began) / 1000;
  const frames = await page.evaluate(() => (window as unknown as { flood: Flood }).flood.frames);
  console.log(`        ${(total / 2 ** 20).toFixed(0)} MiB of output in ${seconds.toFixed(1)} s, ${(total / 2 ** 20 / seconds).toFixed(1)} MiB/s, ${(frames / seconds).toFixed(0)} frames a second; a search was answered after ${answered - began} ms`);
  await page.locator('.output').getByText('the-end').waitFor();
  const shown = await page.evaluate(() => document.querySelector('.output')!.textContent!.trimEnd().split('\n').slice(1, -1).map(Number));
  assert.ok(shown.length > 10000 && shown.at(-1) === lines);
  assert.ok(shown.every((n, at) => n === shown[0]! + at), 'lines are missing');
  const nodes = await page.evaluate(() => document.querySelectorAll('.output span').length);
  assert.ok(nodes < 500, `the output has ${nodes} elements`);
  await page.context().close();
});

test('what a host says never becomes markup', async () => {
  const hostile = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', 'a\u001b]0;title\u0007b', 'c\u202etxt.exe', '&lt;b&gt;', "'+alert(1)+'"];
  mkdirSync(`${world.root}/hostile`);
  for (const name of hostile) writeFileSync(`${world.root}/hostile/${name.replace(/\//g, '_')}`, `content of ${name}`);
  writeFileSync(Buffer.concat([Buffer.from(`${world.root}/hostile/raw`), Buffer.from([0xff, 0xfe])]), 'raw');
  const page = await world.open();
  let alerts = 0;
  page.on('dialog', (dialog) => {
    ++alerts;
    void dialog.dismiss();
  });
  await view(page, 'files');
  await line(page, 'hostile').click();
  await line(page, '<img src=x onerror=alert(1)>').click();
  await page.getByText('content of <img').waitFor();
  await line(page, 'a\\u001b]0;title\\u0007b').waitFor();
  await line(page, 'c\\u202etxt.exe').waitFor();
  await line(page, 'raw\\xff\\xfe').click();
  await page.locator('.preview').getByText('raw', { exact: true }).waitFor();
  await world.shot(page, 'hostile');
  await view(page, 'jobs');
  await page.getByLabel('Command to start as a job').fill('printf "\\033[31m<b>red</b>\\033[0m\\033]0;x\\007 <img src=x onerror=alert(1)>\\n"');
  await page.keyboard.press('Enter');
  await page.locator('.output').getByText('<b>red</b> <img src=x onerror=alert(1)>').waitFor();
  await view(page, 'calls');
  await page.locator('td', { hasText: 'job.start' }).first().waitFor();
  assert.equal(await page.locator('img, script:not([src]), b').count(), 0);
  assert.equal(alerts, 0);
  await page.context().close();
});

test('a key that may only read is offered no more', async () => {
  writeFileSync(`${world.root}/readable`, 'text');
  const page = await world.open('reader');
  await view(page, 'files');
  await line(page, 'readable').waitFor();
  assert.equal(await page.getByRole('button', { name: /upload/i }).count(), 0);
  assert.equal(await page.getByRole('button', { name: /^Delete/ }).count(), 0);
  assert.deepEqual(await page.locator('header nav a:visible').allTextContents(), ['Host', 'Files', 'Calls']);
  await page.context().close();
});

test('by keyboard alone', async () => {
  const page = await world.open();
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
  for (let i = 0; i < 20 && (await focused()) !== 'Files'; ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Files' }).waitFor();
  for (let i = 0; i < 40 && (await focused()) !== 'New directory'; ++i) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.type('made-by-keyboard');
  await page.keyboard.press('Enter');
  await line(page, 'made-by-keyboard').waitFor();
  await page.context().close();
});

test('axe-core finds no error in any view', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await world.open('all', { colorScheme, bypassCSP: true });
    for (const name of ['start', 'terminals', 'files', 'jobs', 'calls']) {
      await view(page, name);
      if (name === 'terminals') {
        await page.getByRole('button', { name: 'New terminal' }).click();
        await page.locator('.xterm-rows:visible').first().waitFor();
      }
      if (name === 'files') await page.locator('.line').nth(1).waitFor();
      if (name === 'jobs') await page.locator('main tbody button:visible').first().waitFor();
      assert.deepEqual(await axeFinds(page), [], name);
    }
    await page.context().close();
  }
});

test('calls: each with its trace, which the audit log has; and what others do', async () => {
  const page = await world.open('all', { permissions: ['clipboard-read', 'clipboard-write'] });
  await view(page, 'files');
  await page.locator('.line').nth(1).waitFor();
  await view(page, 'calls');
  const row = page.locator('tr', { hasText: 'file.list' }).first();
  await row.locator('.state', { hasText: 'ok' }).waitFor();
  const trace = (await row.getByRole('button').getAttribute('title'))!;
  assert.match(trace, /^[0-9a-f]{32}$/);
  await row.getByRole('button').click();
  await page.getByText('Copied the trace id of file.list').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), trace);
  world.tug('info', world.listen);
  await page.locator('.others li', { hasText: /connection.*call/ }).first().waitFor();
  for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light']] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await world.shot(page, `calls-${width}-${colorScheme}`);
  }
  await page.context().close();
  const call = (await world.audited('file.list')).find((line) => String(line['traceparent']).includes(trace));
  assert.equal(call?.['tracestate'], 'tug-console=page');
});

async function heapOf(page: Page): Promise<() => Promise<number>> {
  const devtools = await page.context().newCDPSession(page);
  return async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    return ((await devtools.send('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
  };
}

/// Counts what the server answers, so that the clock of the page goes on only when it has been answered.
function answersOf(page: Page): { next: () => Promise<void> } {
  let came = 0;
  let wake = (): void => {};
  page.on('websocket', (socket) => socket.on('framereceived', () => {
    ++came;
    wake();
  }));
  return {
    next: async () => {
      const before = came;
      while (came === before) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

test('an hour of the page, by its own clock: the plots and lists go on, and it does not grow', async () => {
  const page = await world.open('all', {}, (made) => made.clock.install());
  const heap = await heapOf(page);
  const answers = answersOf(page);
  await page.reload(); // now its connection is seen
  await page.waitForSelector('body[data-link=open]');
  await page.waitForSelector('.facts dd');
  const minutes = async (count: number): Promise<void> => {
    for (let look = 0; look < count * 30; ++look) {
      const answered = answers.next();
      await page.clock.runFor(2000);
      await answered;
    }
  };
  await minutes(12); // the plots are full
  const first = await heap();
  await minutes(48);
  const grown = (await heap()) - first;
  console.log(`        48 minutes more: ${(grown / 1024).toFixed(0)} KiB of heap`);
  assert.ok(grown < 1 << 20, `it has grown by ${grown} bytes`);
  await page.context().close();
});

test('opened for long it does not grow, whatever is looked at; the first paint', async () => {
  const page = await world.open();
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  console.log(`        first paint after ${Math.round(paint)} ms`);
  const heap = await heapOf(page);
  await view(page, 'jobs');
  await page.getByLabel('Command to start as a job').fill('echo looked-at');
  await page.keyboard.press('Enter');
  await page.locator('.output').getByText('looked-at').waitFor();
  const job = await page.evaluate(() => location.hash);
  const round = async (): Promise<void> => {
    for (const name of ['files', 'jobs', 'calls', 'start']) {
      await view(page, name);
      await page.locator('main > div:visible h2').first().waitFor();
    }
    await page.evaluate((hash) => (location.hash = hash), job);
    await page.locator('.output').getByText('looked-at').waitFor();
  };
  for (let i = 0; i < 15; ++i) await round();
  const first = await heap();
  for (let i = 0; i < 35; ++i) await round();
  const grown = (await heap()) - first;
  console.log(`        35 rounds more: ${(grown / 1024).toFixed(0)} KiB of heap`);
  assert.ok(grown < 1 << 20, `it has grown by ${grown} bytes`);
  await page.context().close();
});
