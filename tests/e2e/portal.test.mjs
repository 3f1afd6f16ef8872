// The customer's portal in a browser: the mailed code, one's own orders, nothing
// for anybody else, the contact form.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { discover, lookAtAll } from './crawl.mjs';
import { launchBrowser, openPage, query, sentMails, startKontor, viewports, waitFor } from './harness.mjs';

let browser;
let shop;
let order;
let base;

before(async () => {
  [shop, browser] = await Promise.all([startKontor(), launchBrowser()]);
  base = new URL(shop.owner.portal, shop.base).href.replace(/\/$/, '');
  [order] = query(shop, `
    SELECT o.number, o.email, s.tracking_number FROM orders o JOIN shipments s ON s.order_id = o.id
    WHERE o.email <> '' AND s.status = 'in_transit' ORDER BY o.id LIMIT 1`);
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

/** Asks for a code by order number and contact; returns what the page then says. */
async function askForCode(page, number, contact) {
  await page.goto(base);
  await page.locator('input[name=number]').fill(number);
  await page.locator('input[name=contact]').fill(contact);
  await page.locator('form:has(input[name=contact]) [type=submit]').click();
  await page.locator('input[name=code]').waitFor();
  return page.locator('main').innerText();
}

/** The newest code mailed to an address. */
function codeFor(address) {
  const mail = sentMails(shop).filter(({ to }) => to.includes(address)).at(-1);
  return mail?.text.match(/^ {4}(\S.*)$/m)?.[1].trim();
}

test('a buyer reaches the order by number, email and the mailed code', { timeout: 300_000 }, async (t) => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[390], locale: 'en' });
  await askForCode(page, order.number, order.email);
  const code = await waitFor('the mailed code', () => codeFor(order.email));

  await t.test('a wrong code is refused', async () => {
    await page.locator('input[name=code]').fill('000000');
    await page.locator('form:has(input[name=code]) [type=submit]').click();
    await page.locator('input[name=code][aria-invalid=true]').waitFor();
    // A refusal is no defect of the page; the browser logs the 422 all the same.
    complaints.length = 0;
  });

  await page.locator('input[name=code]').fill(code);
  await page.locator('form:has(input[name=code]) [type=submit]').click();
  await page.waitForURL(/\/orders/);
  await page.locator('a.order-row', { hasText: order.number }).click();
  await page.locator('main', { hasText: order.tracking_number }).waitFor();
  assert.deepEqual(complaints, []);

  const storageState = await context.storageState();
  const pages = await discover(page, `${base}/orders`, { inside: new URL(base).pathname, limit: 12 });
  await lookAtAll(t, browser, shop.base, 'shopper', pages, storageState);

  const others = query(shop, 'SELECT public_id FROM orders WHERE email <> ? LIMIT 3', order.email);
  for (const { public_id } of others) {
    const answer = await page.request.get(`${base}/orders/${public_id}`);
    assert.equal(answer.status(), 404, 'another buyer\'s order is not there');
  }
  await context.close();
});

test('the answer is the same whether an order exists or not, and no code goes to a stranger', async () => {
  const { context, page } = await openPage(browser, { locale: 'en' });
  const before = sentMails(shop).length;
  const unknown = await askForCode(page, 'NO-99999999', 'nobody@nowhere.test');
  const stranger = await askForCode(page, order.number, 'nobody@nowhere.test');
  assert.equal(stranger, unknown);
  // Long enough for a mail that should not be sent to be sent.
  await page.waitForTimeout(2000);
  assert.equal(sentMails(shop).length, before);
  await context.close();
});

test('without signing in there are no orders', async () => {
  const { context, page } = await openPage(browser);
  await page.goto(`${base}/orders`);
  assert.ok(!(await page.content()).includes(order.number));
  await context.close();
});

test('the contact form suggests articles while typing and opens a conversation', async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[390], locale: 'en' });
  await page.goto(`${base}/contact`);
  await page.locator('textarea[name=message]').pressSequentially('How do I return something that does not fit?', { delay: 5 });
  await page.locator('#suggestions a').first().waitFor();
  await page.locator('input[name=email]').fill('petra@writes.test');
  await page.locator('form:has(textarea[name=message]) [type=submit]').click();
  const sql = 'SELECT m.body FROM messages m JOIN identities i ON i.customer_id = '
    + '(SELECT customer_id FROM conversations c WHERE c.id = m.conversation_id) '
    + "WHERE i.value = 'petra@writes.test' AND m.kind = 'inbound'";
  const rows = await waitFor('the conversation', () => {
    const found = query(shop, sql);
    return found.length > 0 && found;
  });
  assert.equal(rows.length, 1);
  assert.match(rows[0].body, /does not fit/);
  assert.deepEqual(complaints, []);
  await context.close();
});
