import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnel-site-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** `npm run docs:site` for a tree. */
function makeSite(root: string) {
  const args = [join(ROOT, 'scripts/docs-site.mjs'), root, join(folder, 'site')];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, faults: stderr.split('\n').filter((line) => line !== '') };
}

const siteFile = (path: string) => readFile(join(folder, 'site', path), 'utf8');

async function tree(files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(folder, 'tree');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

describe('the documentation as a website', () => {
  it('has no link, in any page of this repository, that leads nowhere', async () => {
    expect(makeSite(ROOT)).toEqual({ status: 0, faults: [] });
    const front = await siteFile('index.html');
    expect(front).toContain('src="docs/images/console.png"');
    const addresses = [...front.matchAll(/(?:href|src)="(?![a-z]+:)([^"#]+)/g)].map(([, path = '']) => path);
    expect(addresses.length).toBeGreaterThan(40);
    expect(addresses.filter((path) => !existsSync(join(folder, 'site', path)))).toEqual([]);
  }, 30_000);

  it('names pages, headings, files and pictures that are missing', async () => {
    const root = await tree({
      'README.md': '# A\n[b](docs/b.md#c) [none](docs/none.md) [d](docs/b.md#d) ![p](p.png) [own](#a)',
      'docs/b.md': '# B\n## `C`\n[up](../README.md#b) [out](../../secret)',
    });
    expect(makeSite(root)).toEqual({
      status: 1,
      faults: [
        'README.md: docs/none.md leads to nothing',
        'README.md: docs/b.md#d has no such heading',
        'README.md: p.png leads to nothing',
        'docs/b.md: ../README.md#b has no such heading',
        'docs/b.md: ../../secret leads to nothing',
      ],
    });
  }, 30_000);

  it('leads from page to page, to the sources of programs and to anchors as GitHub makes them', async () => {
    const root = await tree({
      'README.md': '# A\n[b](docs/b.md#whats-2-new) [again](docs/b.md#twice-1) [x](x.ts)',
      'docs/b.md': "# B\n## What's (2) *new*?\n## Twice\n## Twice\n<script>alert(1)</script>",
      'x.ts': 'export const x = 1;',
    });
    expect(makeSite(root)).toEqual({ status: 0, faults: [] });
    const front = await siteFile('index.html');
    expect(front).toContain('<a href="docs/b.html#whats-2-new">');
    expect(front).toContain('<a href="docs/b.html#twice-1">');
    expect(front).toContain('<a href="x.ts.txt">');
    const page = await siteFile('docs/b.html');
    expect(page).toContain('<h2 id="whats-2-new">');
    expect(page).not.toContain('<script>');
  }, 30_000);
});
