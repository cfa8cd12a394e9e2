import { posix } from 'node:path';

/** The order of the menu; other pages follow in their folder. */
const MENU = [
  ['Start', ['README.md', 'docs/workflows.md', 'docs/client.md', 'docs/nats.md', 'docs/compatibility.md']],
  ['Run it', ['docs/operations.md', 'docs/guarantees.md', 'docs/security.md', 'docs/performance.md']],
  ['Reference', ['docs/http.md', 'docs/configuration.md', 'docs/errors.md', 'docs/metrics.md']],
];
const FOLDERS = [
  ['Examples', 'examples/'],
  ['Libraries', 'libs/'],
  ['Project', ''],
  ['Decisions', 'docs/adr/'],
];

/** A page of the site. @param addresses where its links lead, by page */
export function renderPage(page, pages, addresses) {
  const own = addresses.get(page.path);
  redirect(page.tokens, own);
  const body = page.markdown.renderer
    .render(page.tokens, page.markdown.options, {})
    .replaceAll('<table>', '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>')
    .replaceAll('</table>', '</table></div>');
  const to = (file) => posix.relative(posix.dirname(page.file), file);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title === 'Runnel' ? 'Runnel' : `${page.title} · Runnel`)}</title>
<link rel="stylesheet" href="${to('style.css')}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><a class="brand" href="${to('index.html')}">Runnel</a> <a class="to-pages" href="#pages">Pages</a></header>
<div class="columns">
<nav id="pages" aria-label="Pages">${menu(page, pages, to)}</nav>
<main id="content">
${body}</main>
${contents(page)}
</div>
</body>
</html>
`;
}

function redirect(tokens, addresses) {
  for (const token of tokens) {
    for (const name of ['href', 'src']) {
      const address = addresses.get(token.attrGet(name));
      if (address !== undefined) token.attrSet(name, address);
    }
    redirect(token.children ?? [], addresses);
  }
}

function menu(page, pages, to) {
  const listed = new Set(MENU.flatMap(([, paths]) => paths));
  const groups = [
    ...MENU.map(([name, paths]) => [
      name,
      paths.flatMap((path) => pages.filter((other) => other.path === path)),
    ]),
    ...FOLDERS.map(([name, folder]) => [
      name,
      pages.filter(
        ({ path }) => !listed.has(path) && (folder === '' ? !path.includes('/') : path.startsWith(folder)),
      ),
    ]),
  ];
  return groups
    .filter(([, members]) => members.length > 0)
    .map(
      ([name, members]) =>
        `<h2>${name}</h2>\n<ul>${members.map((other) => item(other, page, to)).join('\n')}</ul>`,
    )
    .join('\n');
}

function item(other, page, to) {
  const current = other === page ? ' aria-current="page"' : '';
  return `<li><a href="${to(other.file)}"${current}>${escapeHtml(other.title)}</a></li>`;
}

/** What is on the page, where that is more than a little. */
function contents({ headings }) {
  const parts = headings.filter(({ level }) => level === 2);
  if (parts.length < 3) return '';
  const links = parts.map(({ anchor, text }) => `<li><a href="#${anchor}">${escapeHtml(text)}</a></li>`);
  return `<aside aria-label="On this page"><h2>On this page</h2><ul>${links.join('\n')}</ul></aside>`;
}

function escapeHtml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
