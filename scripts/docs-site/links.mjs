import { readdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';

/** Files that a browser shows as they are; the sources of programs are served as text. */
const SHOWN = /\.(png|svg|jpg|json|html|txt)$/;

/**
 * Where each link of each page leads in the site.
 *
 * @returns `addresses`: by page and link, where it leads; `files`: what is to be copied, by path, with its address in the
 *   site; `faults`: links that lead nowhere, in words
 */
export async function linksOf(root, pages) {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const addresses = new Map();
  const files = new Map();
  const faults = [];
  for (const page of pages) {
    const own = new Map();
    addresses.set(page.path, own);
    for (const link of targetsIn(page.tokens)) {
      if (/^[a-z]+:/i.test(link)) continue;
      const [rest = '', anchor] = link.split('#');
      const path = rest === '' ? page.path : posix.join(posix.dirname(page.path), decodeURI(rest));
      const found = await destination(root, byPath, path.replace(/\/$/, ''));
      if (found === undefined) faults.push(`${page.path}: ${link} leads to nothing`);
      else if (anchor !== undefined && !found.page?.anchors.has(anchor)) {
        faults.push(`${page.path}: ${link} has no such heading`);
      } else {
        if (found.page === undefined) files.set(found.path, found.address);
        const from = posix.dirname(page.file);
        own.set(link, posix.relative(from, found.address) + (anchor === undefined ? '' : `#${anchor}`));
      }
    }
  }
  return { addresses, files, faults };
}

/** Addresses of links and pictures. */
function targetsIn(tokens) {
  return tokens.flatMap((token) => [
    ...[token.attrGet('href'), token.attrGet('src')].filter((target) => target !== null),
    ...targetsIn(token.children ?? []),
  ]);
}

async function destination(root, byPath, path) {
  const page = byPath.get(path) ?? byPath.get(posix.join(path, 'README.md'));
  if (page !== undefined) return { page, address: page.file };
  const found = await stat(posix.join(root, path)).catch(() => undefined);
  if (found === undefined || path.startsWith('..')) return undefined;
  // A folder without a page is shown by the first page, or else file, in it.
  if (found.isDirectory()) {
    const [first] = (await readdir(posix.join(root, path))).sort();
    return first === undefined ? undefined : destination(root, byPath, posix.join(path, first));
  }
  return { path, address: SHOWN.test(path) ? path : `${path}.txt` };
}
