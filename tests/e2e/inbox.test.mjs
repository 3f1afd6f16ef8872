// The agent's work in a browser: sign in, reply, note, live updates, keyboard,
// and a customer's HTML that must not run.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, openPage, query, sentMails, signIn, startKontor, viewports, waitFor } from './harness.mjs';

let browser;
let shop;

before(async () => {
  [shop, browser] = await Promise.all([startKontor(), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

/** The address of an open conversation that came by mail. */
function conversation() {
  const [row] = query(shop, `
    SELECT c.public_id, c.id FROM conversations c JOIN channels h ON h.id = c.channel_id
    WHERE c.status = 'open' AND h.kind = 'email' ORDER BY c.last_message_at DESC LIMIT 1`);
  return row;
}

test('a wrong password is refused, the right one opens the inbox', async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[390] });
  await page.goto(`${shop.base}/inbox`);
  assert.match(page.url(), /\/session/, 'the inbox asks to sign in');
  await page.locator('input[name=email]').fill(shop.owner.email);
  await page.locator('input[name=password]').fill('wrong');
  await page.locator('form:has(input[name=password]) [type=submit]').click();
  await page.locator('[role=alert]').waitFor();
  // The refusal's own status is logged by the browser; it is no defect.
  complaints.length = 0;
  await signIn(page, shop);
  await page.locator('.rows .row').first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a reply is sent, a note stays in the house', async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  await signIn(page, shop);
  const { public_id, id } = conversation();
  await page.goto(`${shop.base}/conversations/${public_id}`);

  await page.locator('[data-mode-tab=note]').click();
  await page.locator('#note-body').fill('Ask the warehouse about the red one.');
  await page.locator('form:has(#note-body) [type=submit]').click();
  await page.locator('.entry', { hasText: 'Ask the warehouse about the red one.' }).waitFor();

  await page.locator('[data-mode-tab=reply]').click();
  await page.locator('#reply-body').fill('We have found your parcel; it is on its way.');
  await page.locator('form:has(#reply-body) [name=then][value=open]').click();
  await page.locator('.entry', { hasText: 'We have found your parcel' }).waitFor();

  const mail = await waitFor('the mail', () => sentMails(shop).find(({ text }) => text.includes('We have found your parcel')), 60);
  assert.ok(!sentMails(shop).some(({ text }) => text.includes('warehouse')), 'a note is never mailed');
  // The sample's mails have no Message-ID to refer to; the mail story holds In-Reply-To.
  assert.match(mail.headers['message-id'], /<k\.[a-z2-7]{26}\./, 'an answer to it finds its conversation');
  assert.equal(mail.headers['auto-submitted'], undefined, 'a person wrote it');
  const notes = query(shop, "SELECT 1 FROM messages WHERE conversation_id = ? AND kind = 'note' AND body LIKE '%warehouse%'", id);
  assert.equal(notes.length, 1);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a new message appears in an open inbox by itself', async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  await signIn(page, shop);
  await page.goto(`${shop.base}/inbox`);
  const base = new URL(shop.owner.portal, shop.base).href.replace(/\/$/, '');
  const visitor = await openPage(browser, { locale: 'en' });
  await visitor.page.goto(`${base}/contact`);
  await visitor.page.locator('textarea[name=message]').fill('Do you have the tablecloth in green?');
  await visitor.page.locator('input[name=name]').fill('Livia Update');
  await visitor.page.locator('input[name=email]').fill('livia@writes.test');
  await visitor.page.locator('form:has(textarea[name=message]) [type=submit]').click();
  await page.locator('.row', { hasText: 'Livia Update' }).waitFor({ timeout: 20_000 });
  assert.deepEqual(complaints, []);
  await visitor.context.close();
  await context.close();
});

test('a conversation is opened and answered without a mouse', async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  await signIn(page, shop);
  const { public_id } = conversation();
  await page.goto(`${shop.base}/conversations/${public_id}`);
  await page.keyboard.press('r');
  await page.locator('#reply-body').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'reply-body');
  await page.keyboard.type('Written with the keyboard alone.');
  await page.keyboard.press('Control+Enter');
  await page.locator('.entry', { hasText: 'Written with the keyboard alone.' }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
