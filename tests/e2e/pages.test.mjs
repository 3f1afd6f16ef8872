// Every page of the workspace and of the portal: 390 and 1440 px, light and dark,
// no complaint of the browser, no policy report, no axe violation, no sideways
// scrolling.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { discover, lookAtAll } from './crawl.mjs';
import { launchBrowser, openPage, signIn, startKontor } from './harness.mjs';

let browser;
let shop;

before(async () => {
  [shop, browser] = await Promise.all([startKontor(), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  const code = await shop?.stop();
  assert.ok(code === undefined || code === 0, `kontor serve ended with ${code}`);
});

test('the agent workspace', { timeout: 900_000 }, async (t) => {
  const { context, page } = await openPage(browser);
  await signIn(page, shop);
  const storageState = await context.storageState();
  const pages = await discover(page, page.url());
  assert.ok(pages.paths.length >= 8, `only ${pages.paths.length} pages are linked: ${pages.paths}`);
  await context.close();
  await lookAtAll(t, browser, shop.base, 'agent', pages, storageState);
});

test('what everybody sees', { timeout: 900_000 }, async (t) => {
  const { context, page } = await openPage(browser);
  const portal = new URL(shop.owner.portal, shop.base);
  const pages = await discover(page, portal.href, { inside: portal.pathname });
  assert.ok(pages.paths.length >= 4, `only ${pages.paths.length} pages are linked: ${pages.paths}`);
  pages.paths.unshift('/session');
  await context.close();
  await lookAtAll(t, browser, shop.base, 'portal', pages);
});
