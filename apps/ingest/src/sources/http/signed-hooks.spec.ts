import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { startTestIngest, type TestIngest } from '../../streams/fixtures/test-ingest.js';

const SECRET = 'shared with the sender';

let ingest: TestIngest;
let key: string;

beforeAll(async () => {
  ingest = await startTestIngest();
  key = ingest.key();
});

afterAll(() => ingest?.close());

async function deploy(settings: object): Promise<{ id: string; endpoint: string }> {
  return (await ingest.call('POST', '/v1/sources', { key, body: { type: 'http', ...settings } })).body;
}

async function bodiesOf({ id }: { id: string }): Promise<unknown[]> {
  const stored = await ingest.eventLog.newest({ workspace: 'default', stream: id }, 100);
  return stored.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).body);
}

const signed = (body: string) => ({
  'Content-Type': 'application/json',
  'X-Hub-Signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
});

const send = (endpoint: string, body: string, headers: Record<string, string>) =>
  fetch(endpoint, { method: 'POST', body, headers });

describe('an endpoint with a signature check', () => {
  it('stores what is signed, and answers 401 to everything else, storing nothing', async () => {
    const source = await deploy({ signature: { type: 'github', secret: SECRET } });
    const body = '{"ref": "main"}';
    expect((await send(source.endpoint, body, signed(body))).status).toBe(200);
    for (const headers of [{}, signed('{"ref":"main"}'), { 'X-Hub-Signature-256': 'sha256=00' }]) {
      const refused = await send(source.endpoint, body, headers as Record<string, string>);
      expect([refused.status, refused.headers.get('content-type')]).toEqual([
        401,
        'application/problem+json',
      ]);
      expect(await refused.text()).not.toContain(SECRET);
    }
    expect((await fetch(source.endpoint)).status).toBe(401);
    expect(await bodiesOf(source)).toEqual([{ ref: 'main' }]);
  });

  it('checks the body as it was before it was compressed on the way', async () => {
    const source = await deploy({ signature: { type: 'github', secret: SECRET } });
    const body = '{"n":1}';
    const answer = await fetch(source.endpoint, {
      method: 'POST',
      body: gzipSync(body),
      headers: { ...signed(body), 'Content-Encoding': 'gzip' },
    });
    expect(answer.status).toBe(200);
  });

  it('says in its description why requests were refused, until one is good again', async () => {
    const source = await deploy({ signature: { type: 'github', secret: SECRET } });
    await send(source.endpoint, '{}', {});
    const describeIt = async () => (await ingest.call('GET', `/v1/sources/${source.id}`, { key })).body;
    const failed = await eventually('the error', async () => (await describeIt()).last_error);
    expect(failed).toEqual({
      message: 'A request was refused: The header X-Hub-Signature-256 is missing.',
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const other = await deploy({});
    const { body } = await ingest.call('GET', '/v1/sources?limit=100&expand=last_error', { key });
    expect(body.data).toEqual(
      expect.arrayContaining([
        { ...source, last_error: failed },
        { ...other, last_error: null },
      ]),
    );
    expect((await send(source.endpoint, '{}', signed('{}'))).status).toBe(200);
    await eventually('no error', async () => (await describeIt()).last_error === null);
  });
});

describe('an endpoint with a dedupe rule', () => {
  it('answers a repeated delivery as it answered the first, and stores it once', async () => {
    const source = await deploy({ dedupe: 'unique', dedupe_id: '/headers/x-github-delivery' });
    const deliver = async (id: string, n: number) => {
      const headers = { 'Content-Type': 'application/json', 'X-GitHub-Delivery': id };
      const answer = await send(source.endpoint, JSON.stringify(n), headers);
      return [answer.status, await answer.json()];
    };
    const ok = [200, { status: 'ok' }];
    expect([await deliver('a', 1), await deliver('b', 2), await deliver('a', 3)]).toEqual([ok, ok, ok]);
    expect(await bodiesOf(source)).toEqual([1, 2]);
  });

  it('takes only greater numbers of a body under "greatest"', async () => {
    const source = await deploy({ dedupe: 'greatest', dedupe_id: '/body/version' });
    const headers = { 'Content-Type': 'application/json' };
    for (const version of [1, 3, 2, 3, 10]) {
      await send(source.endpoint, JSON.stringify({ version }), headers);
    }
    expect(await bodiesOf(source)).toEqual([{ version: 1 }, { version: 3 }, { version: 10 }]);
  });

  it('stores one event of many deliveries of the same at once', async () => {
    const source = await deploy({ dedupe: 'unique', dedupe_id: '/body' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(source.endpoint, 'same', {})));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await bodiesOf(source)).toEqual(['same']);
  });
});
