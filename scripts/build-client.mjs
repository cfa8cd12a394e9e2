// Writes dist/client/: the browser client as one small file, which the gateway serves as /client.js, and around it
// the npm package @runnel/client.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from '@swc/core';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(root, 'dist/client');
const ENTRY = 'libs/sdk/src/page/client';

/** Safari 16 and Node 20 know all of it. */
const LANGUAGE = 2022;

/** @param withTypes whether the package has its types: they come from what tsc has written */
export async function buildClient({ withTypes = true } = {}) {
  const { version } = JSON.parse(await readFile(resolve(root, 'package.json'), 'utf8'));
  await mkdir(out, { recursive: true });
  await writeFile(resolve(out, 'client.js'), `/*! @runnel/client ${version} */\n${await code()}\n`);
  if (!withTypes) return;
  const types = await copyTypes(resolve(root, `dist/${ENTRY}.d.ts`), new Set());
  const manifest = {
    name: '@runnel/client',
    version,
    description: 'Listens to Runnel streams in browsers and in Node, on whatever network.',
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: `./${types}`, default: './client.js' } },
    engines: { node: '>=20' },
  };
  await writeFile(resolve(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Names that only our own code uses, which may be short ones in the file that pages load. */
const OWN_NAMES = '^(_.*|moveTo|nextMs|retryMs|onRetry|onOpen|failures|feed)$';

/** esbuild puts the modules together, and swc makes them smaller than esbuild does. */
async function code() {
  const { outputFiles } = await build({
    entryPoints: [resolve(root, `${ENTRY}.ts`)],
    bundle: true,
    write: false,
    format: 'esm',
    target: `es${LANGUAGE}`,
    conditions: ['runnel-source'],
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  // Private names cannot be shortened, others can.
  const text = outputFiles[0].text.replace(/\bthis\.#(\w+)/g, 'this._$1').replace(/^(\s+)#(\w+)/gm, '$1_$2');
  const options = {
    module: true,
    ecma: LANGUAGE,
    compress: { passes: 3, ecma: LANGUAGE, unsafe_arrows: true, unsafe_methods: true },
    mangle: { props: { regex: OWN_NAMES } },
  };
  return (await minify(text, options)).code;
}

/** Copies a declaration file and what it imports. Returns its path in the package. */
async function copyTypes(source, done) {
  const path = `types/${relative(resolve(root, 'dist'), source)}`;
  if (done.has(source)) return path;
  done.add(source);
  let text = (await readFile(source, 'utf8')).replace(/^\/\/# sourceMappingURL.*\n?/m, '');
  for (const [, specifier] of [...text.matchAll(/from '([^']+)'/g)]) {
    const target = specifier.startsWith('#libs/')
      ? resolve(root, `dist/libs/${specifier.slice('#libs/'.length)}/src/index.d.ts`)
      : resolve(dirname(source), specifier.replace(/\.js$/, '.d.ts'));
    await copyTypes(target, done);
    const there = relative(dirname(source), target).replace(/\.d\.ts$/, '.js');
    text = text.replaceAll(`'${specifier}'`, `'${there.startsWith('.') ? there : `./${there}`}'`);
  }
  await mkdir(dirname(resolve(out, path)), { recursive: true });
  await writeFile(resolve(out, path), text);
  return path;
}
