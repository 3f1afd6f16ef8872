// What an agent does all day beside replying, clicked through: assign, prioritise,
// tag, snooze, close, filter, page, import orders, change the password; and
// connecting a mailbox of real servers with a check that names what is wrong.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { artifacts, launchBrowser, openPage, picture, query, signIn, startKontor, viewports, waitFor } from './harness.mjs';

let browser;
let shop;

before(async () => {
  [shop, browser] = await Promise.all([startKontor(), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await shop?.stop();
});

const state = (id) => query(shop, `
  SELECT c.status, c.priority, c.snoozed_until, u.name AS assignee,
    (SELECT group_concat(t.name) FROM conversation_tags ct JOIN tags t ON t.id = ct.tag_id WHERE ct.conversation_id = c.id) AS tags
  FROM conversations c LEFT JOIN users u ON u.id = c.assignee_id WHERE c.public_id = ?`, id)[0];

test('a conversation is assigned, prioritised, tagged, snoozed, closed and opened again', { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  await signIn(page, shop);
  const [{ public_id: id }] = query(shop, `
    SELECT public_id FROM conversations WHERE status = 'open' AND priority = 0 AND assignee_id IS NULL ORDER BY id LIMIT 1`);
  await page.goto(`${shop.base}/conversations/${id}`);
  const more = page.locator('summary[data-key=a]');
  const act = async (form, fill) => {
    await more.click();
    await fill();
    await page.locator(`form[action$="/${form}"] button[type=submit]`).last().click();
  };
  const person = await page.locator('#assignee option').nth(1).textContent();
  await act('assignment', () => page.locator('#assignee').selectOption({ index: 1 }));
  await waitFor('the assignment', () => state(id).assignee === person);
  await page.locator('.bar-sub', { hasText: person }).waitFor();
  await act('priority', () => page.locator('#priority').selectOption('2'));
  await waitFor('the priority', () => state(id).priority === 2);
  await act('tags', () => page.locator('#tag').fill('Herbst & "Winter" /x'));
  await waitFor('the tag', () => state(id).tags === 'Herbst & "Winter" /x');
  // A name with a slash and quotes must come off again, too.
  await more.click();
  await page.locator('form[action$="/removal"] button', { hasText: 'Herbst' }).click();
  await waitFor('no tag', () => state(id).tags === null);

  await page.locator('summary[data-key=s]').click();
  await page.locator('form.menu[action$="/snooze"] button').first().click();
  await waitFor('sleep', () => state(id).status === 'snoozed' && state(id).snoozed_until > Date.now());
  await page.locator('form[action$="/snooze/removal"] button').click();
  await waitFor('awake', () => state(id).status === 'open');
  await page.goto(`${shop.base}/conversations/${id}`);
  await page.keyboard.press('e');
  await waitFor('closed', () => state(id).status === 'closed');
  await page.locator('form[action$="/closure/removal"] button').click();
  await waitFor('open again', () => state(id).status === 'open');
  await page.locator('.entry[data-from=event]').first().waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});

test('views are filtered and paged to the end without a row twice', { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[390] });
  await signIn(page, shop);
  await page.goto(`${shop.base}/inbox?view=closed`);
  const seen = [];
  for (let i = 0; i < 20; i += 1) {
    seen.push(...await page.locator('.row').evaluateAll((rows) => rows.map((row) => row.id)));
    const older = page.locator('.rows-more a.btn');
    if (await older.count() === 0) break;
    await page.goto(new URL(await older.getAttribute('href'), shop.base).href);
  }
  const [{ n }] = query(shop, "SELECT count(*) AS n FROM conversations WHERE status = 'closed'");
  assert.equal(new Set(seen).size, seen.length, 'a row came twice');
  assert.equal(seen.length, n);

  await page.goto(`${shop.base}/inbox?view=closed`);
  await page.locator('summary:has(use[href*="sliders"])').click();
  await page.locator('#f-language').selectOption('ja');
  await page.locator('form:has(#f-language) [type=submit]').click();
  await page.waitForURL(/language=ja/);
  const languages = await page.locator('.row .lang').allTextContents();
  assert.ok(languages.length > 0);
  assert.deepEqual([...new Set(languages.map((l) => l.toLowerCase()))], ['ja']);
  assert.deepEqual(complaints, []);
  await context.close();
});

test('orders are imported from a file after a look at what it would do', { timeout: 120_000 }, async () => {
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  await signIn(page, shop);
  const dir = mkdtempSync(join(tmpdir(), 'kontor-csv-'));
  const file = join(dir, 'orders.csv');
  writeFileSync(file, 'order number,date,email,currency,total,item,quantity,price\n'
    + '#90001,2026-11-01,new@buyer.test,EUR,20.00,Napkin,2,10.00\n'
    + '#90002,yesterday-ish,bad@buyer.test,EUR,5.00,Napkin,1,5.00\n');
  for (const [expected, once] of [[1, 'first'], [0, 'second']]) {
    await page.goto(`${shop.base}/orders/import`);
    await page.locator('#file').setInputFiles(file);
    await page.locator('form:has(#file) [type=submit]').click();
    const figures = page.locator('.figure-val');
    await figures.first().waitFor();
    const [fresh, , , faults] = await figures.allTextContents();
    assert.equal(Number(fresh), expected, `new orders the ${once} time`);
    assert.equal(Number(faults), 1, 'the row with a date nobody can read is named');
    await picture(page, `import-${once}`);
    if (expected) await page.locator('form[action^="/orders/import/"] [type=submit]').click();
  }
  assert.equal(query(shop, "SELECT 1 FROM orders WHERE number = '#90001'").length, 1);
  assert.equal(query(shop, "SELECT 1 FROM orders WHERE number = '#90002'").length, 0);
  rmSync(dir, { recursive: true });
  assert.deepEqual(complaints, []);
  await context.close();
});

test('a mailbox is connected; each wrong word is named', { timeout: 180_000 }, async (t) => {
  const servers = resolve(import.meta.dirname, '../mail/servers.sh');
  const dir = mkdtempSync('/tmp/kb-');
  // To a file: the servers keep what they inherit open, and a pipe would never end.
  const log = join(artifacts, 'servers.log');
  const run = (action) => {
    const out = openSync(log, 'w');
    return spawnSync(servers, [action, dir], { stdio: ['ignore', out, out], timeout: 60_000 }).status;
  };
  if (run('start') !== 0) {
    // scripts/test installs the servers and says where it cannot.
    t.skip(`no mail servers here: ${readFileSync(log, 'utf8').trim()}`);
    return;
  }
  const env = Object.fromEntries(readFileSync(join(dir, 'env'), 'utf8').split('\n').filter((l) => l.includes('='))
    .map((l) => l.replace(/^export /, '').split(/=(.*)/s).slice(0, 2).map((p) => p.replaceAll("'", ''))));
  const port = (key) => env[key].split(':').pop();
  const { context, page, complaints } = await openPage(browser, { viewport: viewports[1440] });
  try {
    await signIn(page, shop);
    await page.goto(`${shop.base}/settings/mailboxes/new`);
    const fill = async (values) => {
      for (const [name, value] of Object.entries(values)) {
        const field = page.locator(`[name=${name}]`);
        if ((await field.evaluate((e) => e.tagName)) === 'SELECT') await field.selectOption(value);
        else await field.fill(value);
      }
    };
    await fill({
      address: 'desk@shop.test', user: 'desk@shop.test', password: 'wrong', folder: 'INBOX',
      imap_host: '127.0.0.1', imap_port: port('TEST_IMAP'), imap_security: 'plain',
      smtp_host: '127.0.0.1', smtp_port: port('TEST_SUBMIT'), smtp_security: 'plain',
    });
    const check = async () => {
      const now = page.locator('[data-probe-now]');
      await now.click();
      // The lines stream in; the button is busy until the last one.
      await waitFor('the end of the check', async () => await now.getAttribute('aria-busy') === null, 60);
      return page.locator('.probe-line').evaluateAll((lines) => lines.map((l) => [l.dataset.is, l.textContent.trim()]));
    };
    const wrong = await check();
    await picture(page, 'mailbox-wrong-password');
    assert.ok(wrong.some(([is]) => is === 'bad'), JSON.stringify(wrong));
    await fill({ password: 'secret', folder: 'No such folder' });
    const folder = await check();
    assert.ok(folder.some(([is]) => is === 'bad'), JSON.stringify(folder));
    await fill({ folder: 'INBOX', password: 'secret' });
    const right = await check();
    await picture(page, 'mailbox-right');
    assert.ok(right.every(([is]) => is === 'ok'), JSON.stringify(right));
    await page.locator('#mailbox button.btn-main').click();
    await page.waitForURL(/\/settings\/mailboxes(\?|$)/);
    await page.getByText('desk@shop.test').first().waitFor();
    // A mail to it is in the inbox within seconds.
    const sent = spawnSync('python3', ['-c', `
import smtplib, sys
s = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
s.sendmail("ana@buyer.test", ["desk@shop.test"], "From: Ana <ana@buyer.test>\\r\\nTo: desk@shop.test\\r\\nSubject: Connected?\\r\\nMessage-ID: <c1@buyer.test>\\r\\n\\r\\nIs anybody there?\\r\\n")`,
    port('TEST_MX')], { encoding: 'utf8' });
    assert.equal(sent.status, 0, sent.stderr);
    await waitFor('the mail in the database', () => query(shop, "SELECT 1 FROM messages WHERE subject = 'Connected?'").length === 1, 60);
    // A refused check answers 422, which the browser logs.
    assert.deepEqual(complaints.filter((c) => !/422/.test(c)), []);
  } finally {
    await context.close();
    run('stop');
    if (existsSync(dir)) rmSync(dir, { recursive: true, force: true });
  }
});

test('a new password is the only one that opens, and ends the other sessions', { timeout: 120_000 }, async () => {
  const one = await openPage(browser, { viewport: viewports[390] });
  const two = await openPage(browser, { viewport: viewports[390] });
  await signIn(one.page, shop);
  await signIn(two.page, shop);
  await one.page.goto(`${shop.base}/settings/profile`);
  const fresh = 'a-longer-word-7';
  await one.page.locator('#current').fill(shop.owner.password);
  await one.page.locator('#fresh').fill(fresh);
  await one.page.locator('form[action$="/password"] [type=submit]').click();
  await one.page.locator('[role=status], .notice-done').first().waitFor();
  await two.page.goto(`${shop.base}/inbox`);
  assert.match(two.page.url(), /\/session/, 'the other session is over');
  shop.owner.password = fresh;
  await signIn(two.page, shop);
  await two.page.locator('.rows .row').first().waitFor();
  assert.deepEqual([...one.complaints, ...two.complaints], []);
  await one.context.close();
  await two.context.close();
});
