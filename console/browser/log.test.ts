// The log of logins and calls, in Chromium.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { axeFinds, complaints, view, World } from './world.ts';

let world: World;
before(async () => (world = await World.start()));
after(() => world.close());
afterEach(() => assert.deepEqual(complaints.splice(0), []));

test('with the permission: logins and calls of all clients as they come, with a filter', async () => {
  const page = await world.open('watcher', { bypassCSP: true }); // for axe-core
  await view(page, 'calls');
  await page.getByLabel('All clients of this server').getByText('Nothing yet.').waitFor();
  world.tug('exec', world.listen, '--', 'sh', '-c', 'exit 0');
  const row = page.locator('tr', { hasText: 'exec' }).first();
  await row.locator('.state.good', { hasText: 'exited 0' }).waitFor();
  assert.match((await row.textContent())!, /all.*127\.0\.0\.1:\d+.*exec.*sh/);
  await page.locator('tr', { hasText: 'login' }).first().waitFor();
  assert.throws(() => world.tug('get', ':none', '-'));
  await page.locator('tr', { hasText: 'none' }).locator('.state.bad', { hasText: 'not_found' }).waitFor();
  await page.getByLabel('Filter by method').fill('get');
  await page.locator('tr', { hasText: 'exec' }).waitFor({ state: 'detached' });
  await page.getByText(/1 of \d+ events pass the filter/).waitFor();
  await page.getByLabel('Filter by method').fill('');
  await page.getByLabel('Outcome').selectOption('failed');
  await page.locator('tr', { hasText: 'exec' }).waitFor({ state: 'detached' });
  await page.getByLabel('Filter by key').fill('watcher');
  await page.getByText(/0 of \d+ events pass the filter/).waitFor();
  await page.getByLabel('Filter by key').fill('all');
  await page.locator('tr', { hasText: 'none' }).waitFor();
  await page.getByLabel('Outcome').selectOption('');
  for (const [width, colorScheme] of [[1280, 'light'], [1280, 'dark'], [390, 'light']] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    await world.shot(page, `log-${width}-${colorScheme}`);
    assert.ok(!(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)), `the page is wider than ${width}`);
    assert.deepEqual(await axeFinds(page), []);
  }
  await world.killTugd();
  await page.waitForSelector('body[data-link=lost]');
  await world.startTugd();
  await page.getByText('the connection was lost: what happened meanwhile is missing').waitFor();
  await page.getByLabel('Filter by key').fill('');
  world.tug('stat', ':/');
  await page.locator('tr', { hasText: 'file.stat' }).first().waitFor(); // and goes on
  await page.context().close();
});

test('without it the page says so, and shows its own calls', async () => {
  const page = await world.open('reader');
  await view(page, 'files');
  await page.locator('.line').first().waitFor();
  await view(page, 'calls');
  await page.getByText('This key lacks the permission audit').waitFor();
  await page.locator('tr', { hasText: 'file.list' }).first().waitFor();
  assert.equal(await page.getByLabel('Filter by key').count() && await page.getByLabel('Filter by key').isVisible(), false);
  await page.context().close();
});

test('names of others never become markup here', async () => {
  const page = await world.open('watcher');
  await view(page, 'calls');
  await page.getByLabel('All clients of this server').getByText('Nothing yet.').waitFor();
  assert.throws(() => world.tug('get', `:<img src=x onerror=alert(1)>\u202etxt`, '-'));
  await page.locator('tr', { hasText: '<img src=x onerror=alert(1)>\\u202etxt' }).waitFor();
  assert.equal(await page.locator('main img').count(), 0);
  await page.context().close();
});
