// What the browser tests share: a Kontor with the sample shop, a Chromium, and
// a page that fails the test on anything the browser complains about.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const root = resolve(import.meta.dirname, '../..');
const binary = process.env.TEST_KONTOR
  ?? join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/kontor');
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Where screenshots and logs are left. */
export const artifacts = process.env.TEST_ARTIFACTS ?? join(tmpdir(), 'kontor-e2e');

/** The two widths every screen is looked at: a phone and a desk, in CSS pixels. */
export const viewports = {
  390: { width: 390, height: 844 },
  1440: { width: 1440, height: 900 },
};

// Chromium must not call home: the network here may be closed.
const chromiumArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

/** Starts Chromium from TEST_CHROMIUM, or from where Debian puts it. */
export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: chromiumArguments,
  });
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/**
 * Makes a data folder with the sample shop and serves it; outgoing mail goes to
 * `mailDir` as files. Resolves to {base, owner: {email, password, portal}, mailDir, data, kontor, stop}.
 */
export async function startKontor() {
  if (!existsSync(binary)) throw new Error(`no kontor at ${binary}: build it, or set TEST_KONTOR`);
  mkdirSync(artifacts, { recursive: true });
  const dir = mkdtempSync(join(tmpdir(), 'kontor-e2e-'));
  const data = join(dir, 'data');
  const mailDir = join(dir, 'mail');
  mkdirSync(mailDir);
  const kontor = (...args) => {
    const done = spawnSync(binary, [...args, '--data', data], { encoding: 'utf8', timeout: 300_000 });
    if (done.status !== 0) throw new Error(`kontor ${args.join(' ')} ended with ${done.status}:\n${done.stderr}`);
    return done.stdout;
  };
  const made = JSON.parse(kontor('demo', '--json'));
  const owner = { email: made.owner_email, password: made.owner_password, portal: `/s/${made.slug}` };
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const log = openSync(join(artifacts, 'kontor.log'), 'w');
  const server = spawn(binary,
    ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--mail-dir', mailDir],
    { stdio: ['ignore', log, log] });
  const gone = new Promise((done) => server.once('exit', done));
  const stop = async () => {
    server.kill('SIGTERM');
    const code = await gone;
    rmSync(dir, { recursive: true, force: true });
    return code;
  };
  const deadline = Date.now() + 60_000;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`kontor serve ended with ${server.exitCode}; see ${artifacts}/kontor.log`);
    const ready = await fetch(`${base}/readyz`).then((r) => r.ok, () => false);
    if (ready) break;
    if (Date.now() > deadline) { await stop(); throw new Error('kontor serve was not ready within 60 s'); }
    await new Promise((r) => setTimeout(r, 100));
  }
  return { base, owner, mailDir, data, kontor, stop };
}

// Node 20 reads neither SQLite nor mail; Python does, and the scripts need it anyway.
function python(code, ...args) {
  const done = spawnSync('python3', ['-c', code, ...args], { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

/** Rows of the shop's database as objects. */
export function query(shop, sql, ...values) {
  return python(`
import json, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}/kontor.db?mode=ro", uri=True)
db.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in db.execute(sys.argv[2], sys.argv[3:])]))`, shop.data, sql, ...values.map(String));
}

/** The mails sent so far, oldest first: {to, subject, text, headers}. */
export function sentMails(shop) {
  return python(`
import email, email.policy, json, os, pathlib, sys
out = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("**/*.eml"), key=os.path.getmtime):
    m = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = m.get_body(preferencelist=("plain", "html"))
    out.append({"to": [a.addr_spec for a in m["To"].addresses], "subject": m["Subject"],
                "text": body.get_content() if body else "", "headers": {k.lower(): str(v) for k, v in m.items()}})
print(json.dumps(out))`, shop.mailDir);
}

/** The first true value of probe(), tried for up to `seconds`. */
export async function waitFor(what, probe, seconds = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((r) => setTimeout(r, 200));
  }
}

/**
 * A page in a context of its own that gathers what the browser complains about:
 * uncaught errors, console errors, Content-Security-Policy reports, and answers
 * of 500 and above. `complaints` is the list; each test ends with it empty.
 */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' || /content security policy/i.test(text)) {
      complaints.push(`console ${message.type()}: ${text} (${message.location().url})`);
    }
  });
  page.on('response', (answer) => {
    if (answer.status() >= 500) complaints.push(`${answer.status()} from ${answer.url()}`);
  });
  return { context, page, complaints };
}

/** Signs the sample owner in through the form and waits for the inbox. */
export async function signIn(page, shop) {
  await page.goto(`${shop.base}/session`);
  await page.locator('input[name=email]').fill(shop.owner.email);
  await page.locator('input[name=password]').fill(shop.owner.password);
  await Promise.all([
    page.waitForURL((url) => !url.pathname.startsWith('/session')),
    page.locator('form:has(input[name=password]) [type=submit]').click(),
  ]);
}

/** Runs axe (WCAG 2.2 A and AA rules and best practice) and lists what it finds. */
export async function axe(page) {
  await page.addScriptTag({ path: axePath });
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.html.slice(0, 160)}`));
  });
}

/** By how many CSS pixels the page is wider than its window; 0 when it fits. */
export function sidewaysScroll(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });
}

/** Leaves a picture of the page in the artifacts folder. */
export function picture(page, name) {
  return page.screenshot({ path: join(artifacts, `${name}.png`) });
}
