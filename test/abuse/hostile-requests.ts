import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { encoded, text, value, visible } from './hostile-values.js';
import type { RawRequest } from './raw-request.js';
import { authorization, type Header, JSON_TYPE, type Victim } from './victim.js';

/** Bodies of any bytes, said to be of any type and encoding. */
export function bodies(victim: Victim): fc.Arbitrary<RawRequest> {
  const types = fc.constantFrom(
    'application/json',
    'application/x-ndjson',
    'application/json; charset=utf-16',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
  );
  const encodings = fc.constantFrom(undefined, undefined, 'gzip', 'deflate', 'br', 'gzip, gzip');
  return fc
    .record({
      target: fc.constantFrom(...writtenTo(victim)),
      type: fc.oneof(types, visible),
      encoding: fc.oneof(encodings, visible),
      body: bytes,
    })
    .map(({ target, type, encoding, body }) => {
      const headers: Header[] = [authorization(victim), ['Content-Type', type]];
      if (encoding !== undefined) headers.push(['Content-Encoding', encoding]);
      return { method: 'POST', target, headers, body };
    });
}

const TEXTS = ['{', '{"a":', '\uFEFF{}', '[1,]', '{"channel":"c","payload":1}\n'.repeat(1_100), '\n\n\n'];
/** 40 MiB of nothing, in 40 KiB. */
const BOMB = gzipSync(Buffer.alloc(40 * 1024 * 1024));

const bytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  value.map((given) => Buffer.from(JSON.stringify(given))),
  fc.constantFrom(...TEXTS).map((given) => Buffer.from(given)),
  fc.uint8Array({ maxLength: 50 }).map((given) => gzipSync(given)),
  fc.constant(BOMB),
);

const PARAMETERS = [
  'limit',
  'before',
  'after',
  'q',
  'channel',
  'start_id',
  'end_id',
  'expand',
  'replay',
  'last_event_id',
  'stream',
  'envelope',
  'ticket',
  'key',
];

/** What some parameters take. */
const GIVEN = ['0', '1', '100', '000000000000-1', 'event', 'last_error'];

/** Queries of what is read. */
export function queries(victim: Victim): fc.Arbitrary<RawRequest> {
  const name = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...PARAMETERS) }, text);
  const given = fc.oneof(
    text,
    fc.constantFrom(...GIVEN, `1769860800000-${victim.workflow}`, victim.workflow),
  );
  return fc
    .record({
      target: fc.constantFrom(...readFrom(victim)),
      method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'DELETE', 'OPTIONS'),
      parameters: fc.array(fc.tuple(name, given), { maxLength: 6 }),
    })
    .map(({ target, method, parameters }) => ({
      method,
      target: `${target}?${parameters.map((pair) => pair.map(encoded).join('=')).join('&')}`,
      headers: [authorization(victim)],
    }));
}

const HEADERS = [
  'Authorization',
  'Cookie',
  'Last-Event-ID',
  'Idempotency-Key',
  'Content-Type',
  'Content-Encoding',
  'Accept',
  'Origin',
  'Access-Control-Request-Method',
  'Access-Control-Request-Headers',
  'X-Request-Id',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'Range',
  'If-None-Match',
  'Upgrade',
  'X-Hub-Signature-256',
  'X-HTTP-Method-Override',
];
const HEADER_VALUES = [
  'Bearer',
  'Bearer ',
  'Basic eDp5',
  'bearer x',
  'runnel_ticket=',
  'runnel_ticket=eyJ.a.b; runnel_ticket="x',
  'null',
  'https://evil.example',
  '*/*',
  'bytes=0-',
  'h2c',
  'GET',
];

/** Headers, with a credential and without. */
export function headerLines(victim: Victim): fc.Arbitrary<RawRequest> {
  const field = fc.tuple(fc.constantFrom(...HEADERS), fc.oneof(fc.constantFrom(...HEADER_VALUES), visible));
  return fc
    .record({
      target: fc.constantFrom(...readFrom(victim), ...writtenTo(victim)),
      method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'PUT', 'PATCH', 'PROPFIND'),
      signedIn: fc.boolean(),
      fields: fc.array(field, { maxLength: 6 }),
      body: fc.constantFrom('', '{"channel":"c","payload":1}'),
    })
    .map(({ target, method, signedIn, fields, body }) => ({
      method,
      target,
      headers: [...(signedIn ? [authorization(victim), JSON_TYPE] : []), ...fields],
      body,
    }));
}

const SEGMENTS = [
  'v1',
  'streams',
  'keys',
  'sources',
  'workflows',
  'sse',
  'dc',
  'emits',
  'events',
  'hooks',
  'pipelines',
  'metrics',
  'docs',
  'docs-json',
  '.well-known',
  'jwks.json',
  'healthz',
  'rotate',
  '..',
  '%2e%2e',
  '%2F',
  '%00',
  '%',
  '%zz',
  '%ff',
  ';',
  '*',
  '',
  '@',
  'constructor',
];
const METHODS = [
  'GET',
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'MKCOL',
  'SEARCH',
];

/** Addresses and methods that may exist. */
export function addresses(victim: Victim): fc.Arbitrary<RawRequest> {
  const segment = fc.oneof(fc.constantFrom(...SEGMENTS), text.map(encoded));
  return fc
    .record({
      method: fc.constantFrom(...METHODS),
      segments: fc.array(segment, { maxLength: 7 }),
      signedIn: fc.boolean(),
      absolute: fc.boolean(),
    })
    .map(({ method, segments, signedIn, absolute }) => ({
      method,
      target: `${absolute ? 'http://runnel' : ''}/${segments.join('/')}`,
      headers: signedIn ? [authorization(victim)] : [],
    }));
}

function writtenTo({ workflow, hook }: Victim): string[] {
  return [`/v1/streams/${workflow}/events`, '/v1/keys', '/v1/sources', '/v1/tickets', hook, `${hook}/more`];
}

function readFrom({ workflow, source, hook }: Victim): string[] {
  return [
    `/v1/streams/${workflow}/events`,
    `/v1/sources/${source}/event_summaries`,
    `/sources/${source}/logs/sse`,
    `/pipelines/${workflow}/sse`,
    `/sources/${source}/sse`,
    `/sse/dc/${source}/emits`,
    '/v1/sse',
    '/v1/streams',
    '/v1/sources',
    '/v1/workflows',
    hook,
  ];
}
