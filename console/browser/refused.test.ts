// Who gets nothing of a console.

import assert from 'node:assert/strict';
import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';

import { World } from './world.ts';

let world: World;
before(async () => (world = await World.start()));
after(() => world.close());

interface Answer { status: number; headers: IncomingHttpHeaders; body: string }

function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const it = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let body = '';
      answer.on('data', (bytes) => (body += bytes));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
    });
    it.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode!, headers: answer.headers, body: '' });
    });
    it.on('error', reject);
    it.end();
  });
}

async function opened(): Promise<{ port: number; cookie: string; secret: string; path: string; origin: string }> {
  const url = new URL(await world.console());
  const port = Number(url.port);
  const path = `${url.pathname}${url.search}`;
  const first = await ask(port, path);
  assert.equal(first.status, 200);
  const cookie = first.headers['set-cookie']![0]!;
  assert.match(cookie, /HttpOnly; SameSite=Strict; Path=\//);
  return { port, cookie: cookie.split(';')[0]!, secret: url.hash.slice(1), path, origin: url.origin };
}

const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };

test('no token, a wrong one, one that was used', async () => {
  const { port, path } = await opened();
  assert.equal((await ask(port, '/')).status, 403);
  assert.equal((await ask(port, '/?token=0')).status, 403);
  const again = await ask(port, path);
  assert.equal(again.status, 403);
  assert.equal(again.headers['set-cookie'], undefined);
  assert.match(again.body, /start `tug console` again/);
  for (const file of ['/app.js', '/app.css', '/socket']) assert.equal((await ask(port, file)).status, 403);
});

test('another Host, another Origin, the cookie alone', async () => {
  const { port, cookie, secret, origin } = await opened();
  const right = { Cookie: cookie, Origin: origin, 'Sec-WebSocket-Protocol': secret, ...upgrade };
  assert.equal((await ask(port, '/socket', right)).status, 101);
  assert.equal((await ask(port, '/', { Cookie: cookie })).status, 200);
  assert.equal((await ask(port, '/', { Cookie: cookie, Host: `evil.example:${port}` })).status, 421);
  assert.equal((await ask(port, '/socket', { ...right, Host: `localhost:${port}` })).status, 421);
  for (const Origin of ['http://127.0.0.1:1', 'null', 'https://evil.example']) {
    assert.equal((await ask(port, '/socket', { ...right, Origin })).status, 403);
    assert.equal((await ask(port, '/app.js', { Cookie: cookie, Origin })).status, 403);
  }
  const { Origin: _, ...none } = right;
  assert.equal((await ask(port, '/socket', none)).status, 403);
  assert.equal((await ask(port, '/socket', { ...right, 'Sec-WebSocket-Protocol': 'tug.0' })).status, 403);
  assert.equal((await ask(port, '/', { Cookie: cookie }, 'POST')).status, 405);
});

test('every answer has the policy, and none names another origin', async () => {
  const { port, cookie } = await opened();
  for (const answer of [await ask(port, '/', { Cookie: cookie }), await ask(port, '/app.js', { Cookie: cookie }), await ask(port, '/')]) {
    const policy = String(answer.headers['content-security-policy']);
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['access-control-allow-origin'], undefined);
    assert.equal(answer.headers['cache-control'], 'no-store');
  }
});

test('a page of another port gets nothing, although the browser sends it the cookie', async () => {
  const page = await world.open();
  const console_ = new URL(page.url()).origin;
  let cookies = '';
  const other = createServer((asked, answer) => {
    cookies = asked.headers.cookie ?? '';
    answer.setHeader('Content-Type', 'text/html');
    answer.end('<title>other</title>');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const stranger = await page.context().newPage();
    await stranger.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    assert.match(cookies, /tug_console_/); // so it is no secret from what listens on this machine
    const tried = await stranger.evaluate(async (origin) => {
      const fetched = await fetch(origin, { mode: 'no-cors', credentials: 'include' }).then((r) => r.type, (e) => String(e));
      const read = await fetch(origin, { credentials: 'include' }).then((r) => r.text(), () => 'refused');
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`, 'tug.0');
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve('opened');
        socket.onerror = () => resolve('refused');
      });
      const script = document.createElement('script');
      script.src = `${origin}/app.js`;
      const loaded = await new Promise((resolve) => {
        script.onload = () => resolve('loaded');
        script.onerror = () => resolve('refused');
        document.head.append(script);
      });
      const frame = document.createElement('iframe');
      frame.src = origin;
      await new Promise((resolve) => {
        frame.onload = resolve;
        document.body.append(frame);
      });
      let framed = 'refused';
      try {
        framed = frame.contentDocument?.body.textContent ?? 'refused';
      } catch { /* of another origin */ }
      return { fetched, read, opened, loaded, framed };
    }, console_);
    assert.notEqual(tried.fetched, 'basic');
    assert.deepEqual({ ...tried, fetched: '' }, { fetched: '', read: 'refused', opened: 'refused', loaded: 'refused', framed: 'refused' });
    // Its server has the cookie, and not the secret of the page.
    const port = Number(new URL(console_).port);
    const stolen = { Cookie: cookies, Origin: console_, ...upgrade };
    assert.equal((await ask(port, '/socket', stolen)).status, 403);
  } finally {
    other.close();
  }
});

test('the secrets of the address are gone from it once the page is there', async () => {
  const page = await world.open();
  assert.doesNotMatch(page.url(), /token|tug\./);
  await page.reload();
  await page.waitForSelector('body[data-link=open]');
});
