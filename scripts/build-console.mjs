// Writes dist/console/: the files that the gateway serves below /console. One script with its library in it, so that
// nothing comes from anywhere else.
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const web = fileURLToPath(new URL('../apps/stream-gateway/web/', import.meta.url));
const out = fileURLToPath(new URL('../dist/console/', import.meta.url));

export async function buildConsole() {
  await mkdir(out, { recursive: true });
  await build({
    entryPoints: [`${web}console.mjs`],
    outfile: `${out}console.js`,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['runnel-source'],
  });
  for (const file of ['index.html', 'icon.svg']) await copyFile(`${web}${file}`, `${out}${file}`);
  const styles = await Promise.all(
    ['tokens.css', 'console.css'].map((file) => readFile(`${web}${file}`, 'utf8')),
  );
  await writeFile(`${out}console.css`, styles.join('\n'));
}
