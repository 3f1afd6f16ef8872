// The harness itself: a page that is wrong on purpose must be caught, or the
// other tests could not fail.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { axe, launchBrowser, openPage, sidewaysScroll, viewports } from './harness.mjs';

let browser;
let server;
let base;
const page404 = '<!doctype html><title>x</title>';
const bad = `<!doctype html><html><head><title>Bad</title></head><body>
  <img src="/ok"><div style="color:red">inline style</div><div id="wide">wide</div>
  <script src="/bad.js"></script></body></html>`;

before(async () => {
  server = createServer((request, answer) => {
    answer.setHeader('Content-Security-Policy', "default-src 'self'");
    if (request.url === '/bad.js') {
      answer.setHeader('Content-Type', 'text/javascript');
      answer.end('document.getElementById("wide").style.width = "2000px"; console.error("shouted"); throw new Error("thrown");');
    } else {
      answer.setHeader('Content-Type', 'text/html');
      answer.end(request.url === '/bad' ? bad : page404);
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  server?.close();
});

test('a bad page is caught', async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[390] });
  await page.goto(`${base}/bad`);
  const all = complaints.join('\n');
  assert.match(all, /Content Security Policy/);
  assert.match(all, /shouted/);
  assert.match(all, /thrown/);
  assert.ok(await sidewaysScroll(page) > 1000);
  await context.close();
});

test('axe runs under a strict policy and finds what is wrong', async () => {
  const { context, page } = await openPage(browser, { bypassCSP: true });
  await page.goto(`${base}/bad`);
  const found = (await axe(page)).join('\n');
  assert.match(found, /image-alt/);
  assert.match(found, /html-has-lang/);
  await context.close();
});
