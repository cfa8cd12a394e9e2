import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

let transpile: (root: string, sources: readonly string[]) => Promise<number>;
let root: string;

beforeAll(async () => {
  // A script has no types, and so no import that is checked.
  ({ transpile } = await import(new URL('./transpile.mjs', import.meta.url).href));
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'runnel-transpile-'));
});
afterEach(() => rm(root, { recursive: true }));

/** Writes a source that is some seconds old. */
async function source(path: string, text: string, ageS = 10): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  const at = Date.now() / 1_000 - ageS;
  await utimes(file, at, at);
  return file;
}

const built = (path: string) => readFile(join(root, 'dist', path), 'utf8');

describe('transpile', () => {
  it('writes each source where tsc would, runnable, with its types gone and its map beside it', async () => {
    const sources = [
      await source('libs/a/src/one.ts', 'export const one: number = 1;\n'),
      await source(
        'apps/b/src/main.ts',
        "import { one } from '../../../libs/a/src/one.js';\nfunction say(text: string): void {\n  console.log(text);\n}\nsay('one is ' + one);\n",
      ),
    ];
    await source('package.json', '{"type":"module"}');
    expect(await transpile(root, sources)).toBe(2);
    const { stdout } = spawnSync(process.execPath, [join(root, 'dist/apps/b/src/main.js')], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('one is 1\n');
    expect(await built('apps/b/src/main.js')).toMatch(/\n\/\/# sourceMappingURL=main\.js\.map\n$/);
    expect(JSON.parse(await built('apps/b/src/main.js.map'))).toMatchObject({ sources: [sources[1]] });
    expect(await readdir(join(root, 'dist/apps/b/src'))).toEqual(['main.js', 'main.js.map']);
  });

  it('keeps what decorators say about types, which Nest injects by', async () => {
    const text =
      'function seen(..._: unknown[]): any {}\nclass Part {}\n@seen\nexport class Whole { constructor(readonly part: Part) {} }\n';
    await transpile(root, [await source('whole.ts', text)]);
    expect(await built('whole.js')).toMatch(/design:paramtypes[\s\S]*Part/);
  });

  it('writes only what has changed since', async () => {
    const sources = [await source('one.ts', 'export {};\n'), await source('two.ts', 'export {};\n')];
    await transpile(root, sources);
    expect(await transpile(root, sources)).toBe(0);
    // Newer than what was made of it, as a file that was saved just now.
    await source('two.ts', 'export const two = 2;\n', -10);
    expect(await transpile(root, sources)).toBe(1);
    expect(await built('two.js')).toContain('two = 2');
  });

  it('makes whole what a build that was stopped has left', async () => {
    const one = await source('one.ts', 'export const one = 1;\n');
    await mkdir(join(root, 'dist'));
    await writeFile(join(root, 'dist/one.js.part'), 'export co');
    expect(await transpile(root, [one])).toBe(1);
    expect(await built('one.js')).toContain('one = 1');
    expect(await readdir(join(root, 'dist'))).toEqual(['one.js', 'one.js.map']);
  });

  it('says which source cannot be read, and leaves nothing in its place', async () => {
    await expect(transpile(root, [await source('bad.ts', 'const = ;\n')])).rejects.toThrow(/Syntax Error/i);
    await expect(built('bad.js')).rejects.toThrow('ENOENT');
  });
});
