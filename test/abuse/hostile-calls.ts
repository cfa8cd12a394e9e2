import fc from 'fast-check';
import { feedUrl, jsonObject, value } from './hostile-values.js';
import type { RawRequest } from './raw-request.js';
import { authorization, JSON_TYPE, type Victim } from './victim.js';

type Fields = Readonly<Record<string, fc.Arbitrary<unknown>>>;
type Call = readonly [method: string, target: string, fields: Fields];

const oneOf = (...values: unknown[]) => fc.constantFrom(...values);

/** Bodies of JSON for each call, in which the right fields stand beside and in place of the wrong ones. */
export function calls(victim: Victim): fc.Arbitrary<RawRequest> {
  return fc.constantFrom(...callsOf(victim)).chain(([method, target, fields]) =>
    fc
      .oneof(
        { weight: 5, arbitrary: jsonObject(fields) },
        fc.array(jsonObject(fields), { maxLength: 4 }).map((items) => `[${items.join()}]`),
        value.map((given) => JSON.stringify(given)),
      )
      .map((body) => ({ method, target, headers: [authorization(victim), JSON_TYPE], body })),
  );
}

/** The fields of each call, and values that would do. */
function callsOf({ workflow, source }: Victim): Call[] {
  const visibility = oneOf('public', 'private');
  return [
    [
      'POST',
      '/v1/keys',
      {
        name: oneOf('k'),
        scopes: oneOf(['publish'], ['subscribe']),
        streams: oneOf(['*'], [workflow]),
        expires_at: oneOf('2099-01-01T00:00:00Z', null),
      },
    ],
    ['POST', '/v1/workspaces', { name: oneOf('w') }],
    [
      'POST',
      '/v1/tickets',
      {
        streams: oneOf([workflow], [source]),
        channels: oneOf(['c']),
        ttl_s: oneOf(1, 3600),
        cookie: oneOf(true, false),
      },
    ],
    ['POST', '/v1/workflows', { name: oneOf('w'), visibility }],
    ['PUT', `/v1/streams/${source}`, { visibility, history: value }],
    [
      'POST',
      '/v1/sources',
      {
        type: oneOf('http', 'timer', 'rss', 'nats'),
        name: oneOf('s'),
        active: oneOf(true, false),
        response: oneOf({ status: 201, body: 'ok' }, { status: 204 }),
        signature: oneOf({ type: 'github', secret: 's' }, { type: 'stripe', secret: 's' }),
        dedupe: oneOf('unique', 'greatest', 'last', { strategy: 'unique', id: '/id' }),
        id: oneOf('/id'),
        interval_seconds: oneOf(86_400),
        cron: oneOf('0 0 1 1 *'),
        timezone: oneOf('Europe/Berlin'),
        url: feedUrl,
        subject: oneOf('fuzz.never'),
      },
    ],
    [
      'PUT',
      `/v1/sources/${source}`,
      { name: oneOf('t'), response: value, signature: oneOf({ type: 'github' }), dedupe: value },
    ],
    [
      'POST',
      `/v1/streams/${workflow}/events`,
      { channel: oneOf('c', 'canal/ü'), payload: value, id: oneOf('1', '2') },
    ],
  ];
}
