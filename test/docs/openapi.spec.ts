import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '#libs/contracts';
import { Standalone } from '#libs/testing';
import { faults, type Schema } from './schema-faults.js';

const FILE = new URL('../../docs/openapi.json', import.meta.url);

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly requestBody?: {
    readonly content: Record<string, { readonly schema: { readonly example?: unknown } }>;
  };
  readonly responses: Record<
    string,
    { readonly $ref?: string; readonly content?: Record<string, { schema: Schema }> }
  >;
}

interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: {
    readonly schemas: { readonly Problem: Schema };
    readonly responses: Record<
      string,
      { content: Record<string, { examples: Record<string, { value: unknown }> }> }
    >;
  };
}

let runnel: Standalone;
let document: Document;
beforeAll(async () => {
  runnel = await Standalone.start();
  document = (await (await fetch(`${runnel.url}/docs-json`)).json()) as Document;
}, 60_000);
afterAll(async () => {
  await runnel?.stop();
}, 30_000);

const operations = () =>
  Object.entries(document.paths).flatMap(([path, calls]) =>
    Object.entries(calls).map(([method, call]) => ({ name: `${method.toUpperCase()} ${path}`, ...call })),
  );

describe('docs/openapi.json', () => {
  it('is what the services say at /docs-json (npm run docs writes it)', async () => {
    const text = `${JSON.stringify(document, null, 1)}\n`;
    if (process.env.UPDATE_DOCS) await writeFile(FILE, text);
    expect(await readFile(FILE, 'utf8')).toBe(text);
  });

  it('says of every call what it does, what it is sent, what it answers and how it is refused', () => {
    const poor = operations().filter(({ summary, requestBody, responses }) => {
      const answers = Object.entries(responses).filter(([status]) => status < '400');
      const isRefused = Object.values(responses).some(({ $ref }) => $ref === '#/components/responses/429');
      const hasExample = Object.values(requestBody?.content ?? {}).every(
        ({ schema }) => schema.example !== undefined,
      );
      const hasAnswer = answers.every(([status, { content }]) => status === '204' || content !== undefined);
      return !summary || answers.length !== 1 || !isRefused || !hasExample || !hasAnswer;
    });
    expect(poor.map(({ name }) => name)).toEqual([]);
    expect(operations().length).toBeGreaterThan(30);
  });

  it('has an example of every problem, under its status', () => {
    const shown = Object.entries(document.components.responses).flatMap(([status, { content }]) =>
      Object.entries(content['application/problem+json']?.examples ?? {}).map(([code, { value }]) => {
        expect(faults(document.components.schemas.Problem, value)).toEqual([]);
        return [code, Number(status)];
      }),
    );
    expect(Object.fromEntries(shown)).toEqual(
      Object.fromEntries(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])),
    );
  });

  it('has the fields of real answers, with their types', async () => {
    const seen = new Set<string>();
    /** Calls, and compares the answer with what is documented for the path with its parameters put in. */
    const call = async (method: string, path: string, body?: unknown) => {
      const { status, body: answer } = await runnel.call(method, path, body);
      const [template, calls] = templateOf(path);
      const operation = calls[method.toLowerCase()];
      const schema = operation?.responses[status]?.content?.['application/json']?.schema;
      seen.add(`${method} ${template}`);
      expect({ path, status, faults: schema && faults(schema, answer) }).toEqual({
        path,
        status,
        faults: [],
      });
      return answer;
    };
    const { id } = await call('POST', '/v1/workflows', { name: 'orders' });
    const source = await call('POST', '/v1/sources', { type: 'http', name: 'hook' });
    const { id: timer } = await call('POST', '/v1/sources', { type: 'timer', interval_seconds: 3_600 });
    await call('POST', new URL(source.endpoint).pathname, { a: 1 });
    await call('POST', `/v1/streams/${id}/events`, { channel: 'prices', payload: { EUR: 1.07 } });
    const key = await call('POST', '/v1/keys', { name: 'website', scopes: ['subscribe'] });
    await call('POST', `/v1/keys/${key.id}/rotate`);
    await call('POST', '/v1/tickets', { streams: [id] });
    await call('POST', '/v1/tickets/keys/rotate');
    const workspace = await call('POST', '/v1/workspaces', { name: 'acme' });
    await call('PUT', `/v1/workflows/${id}`, { name: 'sales' });
    await call('PUT', `/v1/sources/${timer}`, { active: false });
    await call('PUT', `/v1/streams/${id}`, { history: { max_events: 200 } });
    for (const list of ['workflows', 'sources', 'streams', 'keys', 'workspaces'])
      await call('GET', `/v1/${list}`);
    for (const one of [
      `workflows/${id}`,
      `sources/${source.id}`,
      `streams/${id}`,
      `keys/${key.id}`,
      `workspaces/${workspace.id}`,
      `streams/${id}/events`,
      `sources/${source.id}/event_summaries?expand=event`,
    ]) {
      await call('GET', `/v1/${one}`);
    }
    await call('GET', '/.well-known/jwks.json');
    const answering = operations().filter(({ responses }) =>
      Object.values(responses).some(({ content }) => content?.['application/json'] !== undefined),
    );
    expect(answering.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  }, 60_000);
});

/** The path of the document that an address is one of. */
function templateOf(address: string): [string, Record<string, Operation>] {
  const segments = address.replace(/\?.*/, '').split('/');
  const found = Object.entries(document.paths).find(([template]) => {
    const wanted = template.split('/');
    return (
      wanted.length === segments.length &&
      wanted.every((part, n) => part.startsWith('{') || part === segments[n])
    );
  });
  if (found === undefined) throw new Error(`${address} is not in the document.`);
  return found;
}
