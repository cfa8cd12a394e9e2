/**
 * Lets Node run our sources, for specs that need a process of their own: `node --conditions=runnel-source
 * --import <this file> program.ts`.
 */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { TRANSFORM } from './transform.mjs';

// Node loads this file again, as the hooks, in the thread that loads modules.
if (isMainThread) register(import.meta.url);

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    // Sources name each other with the .js that the compiled files have.
    if (!/^\.{1,2}\/.*\.js$/.test(specifier)) throw error;
    return await next(specifier.replace(/\.js$/, '.ts'), context);
  }
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return await next(url, context);
  const { transform } = await import('@swc/core');
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    filename: fileURLToPath(url),
    sourceMaps: 'inline',
    ...TRANSFORM,
  });
  return { format: 'module', source: code, shortCircuit: true };
}
