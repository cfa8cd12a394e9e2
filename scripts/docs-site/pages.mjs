import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import MarkdownIt from 'markdown-it';
import { Slugs } from './slugs.mjs';

const markdown = new MarkdownIt({ html: false, linkify: false });

/** Folders with pages, besides those at the root. */
const FOLDERS = ['docs', 'examples', 'libs', 'bench'];

/**
 * Every Markdown page of the tree: its path there, the file it becomes, its title, its tokens, and the anchors that it has.
 * A heading's anchor is what GitHub makes of it, so the same links work in both places.
 */
export async function findPages(root) {
  const paths = (await readdir(root)).filter(isPage);
  for (const folder of FOLDERS) {
    const found = await readdir(join(root, folder), { recursive: true }).catch(() => []);
    paths.push(...found.filter(isPage).map((path) => `${folder}/${path.replaceAll('\\', '/')}`));
  }
  return Promise.all(paths.sort().map((path) => readPage(root, path)));
}

const isPage = (path) => path.endsWith('.md') && !path.includes('node_modules');

async function readPage(root, path) {
  const tokens = markdown.parse(await readFile(join(root, path), 'utf8'), {});
  const slugs = new Slugs();
  const headings = [];
  for (const [n, token] of tokens.entries()) {
    if (token.type !== 'heading_open') continue;
    const text = textOf(tokens[n + 1]);
    const anchor = slugs.of(text);
    token.attrSet('id', anchor);
    headings.push({ level: Number(token.tag.slice(1)), text, anchor });
  }
  const anchors = new Set(headings.map(({ anchor }) => anchor));
  const title = headings.find(({ level }) => level === 1)?.text ?? path;
  return { path, file: fileOf(path), title, headings, anchors, tokens, markdown };
}

/** A heading as it is read, without its marks. */
function textOf(inline) {
  return inline.children
    .filter(({ type }) => type === 'text' || type === 'code_inline')
    .map(({ content }) => content)
    .join('');
}

/** README.md is what a folder shows. */
function fileOf(path) {
  const folder = dirname(path) === '.' ? '' : `${dirname(path)}/`;
  return /(^|\/)README\.md$/.test(path) ? `${folder}index.html` : path.replace(/\.md$/, '.html');
}
