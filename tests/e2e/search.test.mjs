// Searching while typing: results come without a reload, the keyboard goes through them,
// filters are kept in the address, and without a script the same form works.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage, picture, query, signIn, startKontor, viewports } from './harness.mjs';

let browser;
let shop;

before(async () => {
  [shop, browser] = await Promise.all([startKontor(), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

/** A word that at least three conversations have. */
const WORD = 'order';

test('results come as one types, arrows walk them, Enter opens one', { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  await signIn(page, shop);
  await page.goto(`${shop.base}/search`);
  const field = page.locator('.search-page input');
  await field.blur();
  await page.keyboard.press('/');
  assert.ok(await field.evaluate((node) => node === document.activeElement), '/ goes to the field');
  await page.evaluate(() => { window.stays = true; });
  await field.pressSequentially(WORD, { delay: 30 });
  await page.locator('#results mark').first().waitFor();
  await page.waitForURL(/q=order/);
  assert.equal(await page.evaluate(() => window.stays), true, 'the page was not loaded anew');
  assert.equal(await field.inputValue(), WORD, 'what is typed stays');
  await picture(page, 'search-1440');

  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const walked = await page.evaluate(() => {
    const hits = [...document.querySelectorAll('#results [data-hit]')];
    return hits.indexOf(document.activeElement);
  });
  assert.equal(walked, 1, 'the second hit has the focus');
  const to = await page.evaluate(() => document.activeElement.getAttribute('href'));
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.ok(await field.evaluate((node) => node === document.activeElement), 'up from the first is the field');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${shop.base}${to}`);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('filters narrow, more goes on below, nonsense is said', { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[390] });
  await signIn(page, shop);
  const [{ n: open }] = query(shop, "SELECT count(*) AS n FROM conversations WHERE status = 'open'");
  await page.goto(`${shop.base}/search?q=is%3Aopen`);
  const links = page.locator('.hits a[href^="/conversations/"]');
  while (await page.locator('#more a').count()) {
    const before = await links.count();
    await page.locator('#more a').click();
    await page.waitForFunction((n) => document.querySelectorAll('.hits a[href^="/conversations/"]').length > n
      || !document.querySelector('#more a'), before);
  }
  const found = await links.evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  assert.equal(found.length, open);
  assert.equal(new Set(found).size, open, 'each conversation once');

  await page.locator('summary', { hasText: 'Filters' }).click();
  await page.locator('.search-keys').waitFor();
  await picture(page, 'search-filters-390');
  await page.goto(`${shop.base}/search?q=colour%3Ared`);
  await page.getByText('colour:red').first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('without a script the form finds the same', { timeout: 120_000 }, async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: viewports[1440] });
  const page = await context.newPage();
  await signIn(page, shop);
  await page.goto(`${shop.base}/search`);
  await page.locator('.search-page input').fill(WORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(/q=order/);
  assert.ok(await page.locator('#results mark').count() > 0);
  await context.close();
});
