// Walks all the pages that links lead to, so that a new screen is looked at
// without anybody having to list it.
import assert from 'node:assert/strict';
import { axe, openPage, picture, sidewaysScroll, viewports } from './harness.mjs';

/** Links that are no page to look at: files, and what ends the session. */
const notPages = /\.(csv|eml|zip|json|xml|txt)$|\/(sign-out|raw|download|events|metrics|body)\b/;

/** Of pages that differ only in their last part or in ids, this many are looked at. */
const perShape = 3;

/** What kind of page an address shows: ids and the last part left out. */
function shape(url) {
  const parts = url.pathname.split('/').map((part) =>
    (/^[0-9a-f]{32}$|^[0-9a-f]{8}-[0-9a-f-]{27}$|^\d+$/.test(part) ? ':id' : part));
  const last = parts.length > 3 ? parts.slice(0, -1).concat('*') : parts;
  return `${last.join('/')}?${[...new Set(url.searchParams.keys())].sort()}`;
}

/**
 * The addresses reached from `start` by links, at most `limit`, breadth first, and
 * the links that lead nowhere: {paths, broken}.
 */
export async function discover(page, start, { limit = 60, inside = '/' } = {}) {
  const shapes = new Map();
  const paths = [];
  const broken = [];
  const queue = [new URL(start)];
  const seen = new Set([queue[0].href]);
  while (queue.length > 0 && paths.length < limit) {
    const url = queue.shift();
    const kind = shape(url);
    const count = shapes.get(kind) ?? 0;
    if (count >= perShape) continue;
    const answer = await page.goto(url.href, { waitUntil: 'domcontentloaded' });
    if (!(answer.headers()['content-type'] ?? '').startsWith('text/html')) continue;
    shapes.set(kind, count + 1);
    if (answer.status() !== 200) {
      broken.push(`${url.pathname}${url.search} is linked, but answers ${answer.status()}`);
      continue;
    }
    paths.push(`${url.pathname}${url.search}`);
    const links = await page.$$eval('a[href]:not([download])', (all) => all.map((a) => a.href));
    for (const link of links) {
      if (!URL.canParse(link)) continue;
      const next = new URL(link);
      next.hash = '';
      if (next.origin !== url.origin || !next.pathname.startsWith(inside) || notPages.test(next.pathname)) continue;
      if (!seen.has(next.href)) {
        seen.add(next.href);
        queue.push(next);
      }
    }
  }
  return { paths, broken };
}

/** A name for a picture: `inbox-390-dark`. */
function pictureName(surface, path) {
  // Pages of one shape share a picture's name; the last one stays.
  const words = path.replace(/[0-9a-f]{32}|[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id').replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '');
  return `${surface}-${words || 'start'}`.slice(0, 80);
}

/**
 * Four windows (two widths, each with and without the policy for axe's sake) with
 * the given sign-in, and `look(path)` that lists everything wrong with a page.
 */
export async function openWindows(browser, base, surface, storageState) {
  const windows = [];
  for (const [width, viewport] of Object.entries(viewports)) {
    windows.push({
      width,
      strict: await openPage(browser, { viewport, storageState }),
      lenient: await openPage(browser, { viewport, storageState, bypassCSP: true }),
    });
  }
  const look = async (path) => {
    const wrong = [];
    for (const { width, strict, lenient } of windows) {
      strict.complaints.length = 0;
      for (const { page } of [strict, lenient]) {
        await page.goto(base + path, { waitUntil: 'load' });
        await page.waitForTimeout(150);
      }
      for (const colorScheme of ['light', 'dark']) {
        const name = `${pictureName(surface, path)}-${width}-${colorScheme}`;
        await strict.page.emulateMedia({ colorScheme });
        await lenient.page.emulateMedia({ colorScheme });
        // Colours take a moment to change; in between they have any contrast.
        await lenient.page.waitForTimeout(300);
        await picture(strict.page, name);
        wrong.push(...(await axe(lenient.page)).map((v) => `${width} ${colorScheme}: ${v}`));
      }
      const over = await sidewaysScroll(strict.page);
      if (over > 0) wrong.push(`${width}: scrolls sideways by ${over} px`);
      wrong.push(...strict.complaints.map((complaint) => `${width}: ${complaint}`));
    }
    return wrong;
  };
  const close = () => Promise.all(windows.flatMap(({ strict, lenient }) =>
    [strict.context.close(), lenient.context.close()]));
  return { look, close };
}

/** Looks at every page as a subtest of its own, and at the links between them. */
export async function lookAtAll(t, browser, base, surface, { paths, broken }, storageState) {
  await t.test(`${surface}: no link leads nowhere`, () => assert.deepEqual(broken, []));
  const windows = await openWindows(browser, base, surface, storageState);
  for (const path of paths) {
    await t.test(`${surface} ${path}`, async () => {
      const wrong = await windows.look(path);
      assert.deepEqual(wrong, [], wrong.join('\n'));
    });
  }
  await windows.close();
}
