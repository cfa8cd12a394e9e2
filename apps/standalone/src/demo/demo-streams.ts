import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalogue } from '#libs/catalogue';
import { randomBase62 } from '#libs/contracts';

const WORKSPACE = 'default';

/** Ids of what the demo made. */
export interface DemoStreams {
  readonly workflow: string;
  readonly source: string;
}

const file = z.object({ workflow: z.string(), source: z.string() });

/**
 * The demo's workflow and source: made at the first start, and remembered in the data directory, so that what a
 * user has deleted stays deleted.
 */
export async function demoStreams(catalogue: Catalogue, dataDir: string): Promise<DemoStreams> {
  const path = join(dataDir, 'demo.json');
  const kept = await readFile(path, 'utf8').catch(() => undefined);
  if (kept !== undefined) return file.parse(JSON.parse(kept));
  const workflow = await catalogue.create({
    kind: 'workflow',
    type: 'workflow',
    workspace: WORKSPACE,
    name: 'demo',
  });
  const source = await catalogue.create({
    kind: 'source',
    type: 'http',
    workspace: WORKSPACE,
    name: 'demo-webhook',
    settings: { endpointToken: randomBase62(22) },
  });
  const streams = { workflow: workflow.id, source: source.id };
  await writeFile(path, `${JSON.stringify(streams)}\n`);
  return streams;
}
