// `npm run docs:site`: the documentation as a website in dist/site, from the Markdown that is in the tree, with every link
// checked. Fails when one leads nowhere. `node scripts/docs-site.mjs <root> <out>` does it for another tree.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linksOf } from './docs-site/links.mjs';
import { findPages } from './docs-site/pages.mjs';
import { renderPage } from './docs-site/render.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
/** The colours are the console's. */
const STYLES = ['../apps/stream-gateway/web/tokens.css', 'docs-site/style.css'];
const root = resolve(process.argv[2] ?? join(here, '..'));
const out = resolve(process.argv[3] ?? join(root, 'dist/site'));

const pages = await findPages(root);
const { addresses, files, faults } = await linksOf(root, pages);
await rm(out, { recursive: true, force: true });
for (const page of pages) await put(page.file, renderPage(page, pages, addresses));
for (const [path, address] of files) {
  await mkdir(dirname(join(out, address)), { recursive: true });
  await cp(join(root, path), join(out, address));
}
await put(
  'style.css',
  (await Promise.all(STYLES.map((file) => readFile(join(here, file), 'utf8')))).join('\n'),
);

for (const fault of faults) console.error(fault);
console.log(`${pages.length} pages in ${out}, ${faults.length} links that lead nowhere`);
process.exitCode = faults.length === 0 ? 0 : 1;

async function put(file, text) {
  await mkdir(dirname(join(out, file)), { recursive: true });
  await writeFile(join(out, file), text);
}
