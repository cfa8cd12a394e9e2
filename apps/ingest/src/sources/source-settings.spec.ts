import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestIngest, type TestIngest } from '../streams/fixtures/test-ingest.js';

let ingest: TestIngest;
let key: string;

beforeAll(async () => {
  ingest = await startTestIngest();
  key = ingest.key(['manage']);
});

afterAll(() => ingest?.close());

/** Deploys an inactive source: it is the settings that count here. */
const deploy = (body: object) =>
  ingest.call('POST', '/v1/sources', { key, body: { active: false, ...body } });

async function change(id: string, body: object) {
  return ingest.call('PUT', `/v1/sources/${id}`, { key, body });
}

const fieldsOf = ({ body }: { body: { errors: { field: string }[] } }) =>
  body.errors.map(({ field }) => field);

describe('the settings of a source', () => {
  it.each([
    ['timer', { interval_seconds: 5 }, { interval_seconds: 5 }],
    ['timer', { cron: '0 9 * * 1-5' }, { cron: '0 9 * * 1-5', timezone: 'UTC' }],
    ['timer', { cron: '@daily', timezone: 'Asia/Tokyo' }, { cron: '@daily', timezone: 'Asia/Tokyo' }],
    ['rss', { url: 'https://example.com/feed' }, { url: 'https://example.com/feed', interval_seconds: 900 }],
    ['rss', { url: 'http://example.com/', interval_seconds: 15 }, { interval_seconds: 15 }],
    ['nats', { subject: 'orders.*.paid' }, { subject: 'orders.*.paid' }],
    ['timer', { interval_seconds: 1, dedupe: 'last' }, { dedupe: 'last', dedupe_id: '/id' }],
    ['http', { dedupe: 'unique', dedupe_id: '/body/id' }, { dedupe: 'unique', dedupe_id: '/body/id' }],
    ['nats', { subject: 'a.b', channel: 'orders' }, { channel: 'orders' }],
  ])('are shown: %s %j', async (type, settings, shown) => {
    const deployed = await deploy({ type, ...settings });
    expect(deployed).toMatchObject({ status: 201, body: { type, active: false, ...shown } });
    const { body } = await ingest.call('GET', `/v1/sources/${deployed.body.id}`, { key });
    expect(body).toEqual({ ...deployed.body, last_error: null });
  });

  it.each([
    ['timer', {}, ['interval_seconds']],
    ['timer', { interval_seconds: 0 }, ['interval_seconds']],
    ['timer', { interval_seconds: 1.5 }, ['interval_seconds']],
    ['timer', { interval_seconds: '5' }, ['interval_seconds']],
    ['timer', { interval_seconds: 5, cron: '* * * * *' }, ['cron']],
    ['timer', { interval_seconds: 5, timezone: 'UTC' }, ['timezone']],
    ['timer', { timezone: 'UTC' }, ['interval_seconds']],
    ['timer', { cron: 'every day' }, ['cron']],
    ['timer', { cron: '* * * * *', timezone: 'Mars/Phobos' }, ['timezone']],
    ['timer', { interval_seconds: 5, url: 'https://example.com/' }, ['url']],
    ['rss', {}, ['url']],
    ['rss', { url: 'example.com' }, ['url']],
    ['rss', { url: 'ftp://example.com/' }, ['url']],
    ['rss', { url: 'http://127.0.0.1:8080/feed' }, ['url']],
    ['rss', { url: 'http://[::1]/feed' }, ['url']],
    ['rss', { url: 'http://169.254.169.254/' }, ['url']],
    ['rss', { url: 'https://example.com/', interval_seconds: 14 }, ['interval_seconds']],
    ['nats', {}, ['subject']],
    ['nats', { subject: '>' }, ['subject']],
    ['nats', { subject: '$KV.>' }, ['subject']],
    ['nats', { subject: 'events.>' }, ['subject']],
    ['nats', { subject: 'a', queue: 'q' }, ['queue']],
    ['http', { dedupe: 'first' }, ['dedupe']],
    ['http', { dedupe: 'unique', dedupe_id: 'id' }, ['dedupe_id']],
    ['http', { signature: { type: 'github' } }, ['signature.secret']],
    ['http', { signature: { type: 'rot13', secret: 's' } }, ['signature.type']],
    ['http', { interval_seconds: 5 }, ['interval_seconds']],
  ])('are refused with the field named: %s %j', async (type, settings, fields) => {
    const refused = await deploy({ type, ...settings });
    expect([refused.status, fieldsOf(refused)]).toEqual([400, fields]);
  });

  it('can be changed, each by itself, and go back to their defaults by null', async () => {
    const timer = (await deploy({ type: 'timer', cron: '0 9 * * *', timezone: 'Europe/Berlin' })).body;
    expect((await change(timer.id, { cron: '0 8 * * *' })).body).toMatchObject({
      cron: '0 8 * * *',
      timezone: 'Europe/Berlin',
    });
    expect((await change(timer.id, { name: 'other' })).body).toMatchObject({ cron: '0 8 * * *' });
    const regular = (await change(timer.id, { interval_seconds: 7 })).body;
    expect(regular).toMatchObject({ interval_seconds: 7 });
    expect(regular).not.toHaveProperty('cron');
    expect(fieldsOf(await change(timer.id, { timezone: 'UTC' }))).toEqual(['interval_seconds']);
    expect((await change(timer.id, { cron: '* * * * *' })).body).toMatchObject({ timezone: 'UTC' });

    const feed = (await deploy({ type: 'rss', url: 'https://example.com/', interval_seconds: 60 })).body;
    expect((await change(feed.id, { url: 'https://example.org/' })).body).toMatchObject({
      url: 'https://example.org/',
      interval_seconds: 60,
    });
    expect((await change(feed.id, { interval_seconds: null })).body).toMatchObject({ interval_seconds: 900 });
    expect(fieldsOf(await change(feed.id, { url: 'http://localhost/' }))).toEqual(['url']);

    const hook = (await deploy({ type: 'http', dedupe: 'unique', channel: 'c' })).body;
    expect((await change(hook.id, { dedupe_id: '/body/id' })).body).toMatchObject({ dedupe: 'unique' });
    const plain = (await change(hook.id, { dedupe: null, dedupe_id: null, channel: null })).body;
    for (const field of ['dedupe', 'dedupe_id', 'channel']) expect(plain).not.toHaveProperty(field);
  });

  it('never show a secret', async () => {
    const secret = 'a-very-secret-secret';
    const deployed = await deploy({ type: 'http', signature: { type: 'github', secret } });
    const { id } = deployed.body;
    const answers = [
      deployed,
      await ingest.call('GET', `/v1/sources/${id}`, { key }),
      await ingest.call('GET', '/v1/sources', { key }),
      await change(id, { name: 'signed' }),
      await ingest.call('GET', `/v1/streams/${id}`, { key }),
    ];
    for (const { body } of answers) expect(JSON.stringify(body)).not.toContain(secret);
    expect(deployed.body.signature).toEqual({ type: 'github' });
    expect((await change(id, { signature: null })).body).not.toHaveProperty('signature');
  });
});
