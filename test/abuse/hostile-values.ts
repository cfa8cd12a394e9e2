import fc from 'fast-check';

/** Texts that mean something to somebody on the way: HTTP, SSE, JSON, NATS, JavaScript, a shell, a template. */
const LOADED = [
  '',
  ' ',
  '.',
  '..',
  '*',
  '>',
  'a.b',
  'a..b',
  '$SYS.>',
  '$JS.API.STREAM.DELETE.EVENTS_0',
  '_INBOX.>',
  '\0',
  '\r\n',
  'a\r\nevent: runnel.closed\r\ndata: {}\r\n\r\n',
  'a\nid: 1',
  '\u2028',
  '\u0085',
  '\ud800',
  '\ufeff',
  '\u202e',
  '%00',
  '%0d%0a',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'runnel.closed',
  'error',
  'null',
  'NaN',
  '-1',
  '1e999',
  '0x10',
  '99999999999999999999',
  '2026-02-30T25:61:00Z',
  '* * * * * * *',
  '0 0 31 2 *',
  'Europe/Nowhere',
  '/a/~1~0/-',
  '{{7*7}}',
  '$(id)',
  '<script>alert(1)</script>',
  "' OR 1=1 --",
  `p_${'a'.repeat(22)}`,
  `dc_${'Z'.repeat(40)}`,
  `rnl_${'a'.repeat(12)}_${'b'.repeat(38)}`,
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.',
  '000000000000-1',
  'b'.repeat(129),
  'x'.repeat(5_000),
];

/** No random text may become an address of somebody else's that a feed would be fetched from. */
const isNoAddress = (text: string) => !/^[\s\p{Cc}]*https?:/iu.test(text);

export const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...LOADED) },
  fc.string({ maxLength: 60 }).filter(isNoAddress),
  fc.string({ unit: 'binary', maxLength: 30 }).filter(isNoAddress),
);

/** Addresses that a feed must not be fetched from, or cannot be. */
export const feedUrl = fc.constantFrom(
  'http://127.0.0.1:1/',
  'http://[::ffff:7f00:1]:1/',
  'http://0x7f.1:1/',
  'http://localhost:1/feed',
  'file:///etc/passwd',
  'gopher://127.0.0.1:1/',
  '//127.0.0.1/',
  'http://',
);

/** Any JSON value, those among them that break parsers and validators. */
export const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: text },
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    1e21,
    -0,
    Number.MAX_SAFE_INTEGER,
    [],
    {},
    [[]],
    [null],
  ),
  fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
  fc.array(text, { maxLength: 5 }),
  fc.constant('nested').map(() => JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`)),
);

/** An object's JSON text, which may have a name twice and names that an object cannot have. */
export function jsonObject(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<string> {
  const names = Object.keys(fields);
  const known = fc
    .constantFrom(...names)
    .chain((name) =>
      fc.oneof({ weight: 3, arbitrary: fields[name] ?? value }, value).map((given) => [name, given] as const),
    );
  const strange = fc.tuple(text, value);
  return fc
    .array(fc.oneof({ weight: 5, arbitrary: known }, strange), { maxLength: names.length + 2 })
    .map(
      (entries) =>
        `{${entries.map(([name, given]) => `${JSON.stringify(name)}:${JSON.stringify(given)}`).join()}}`,
    );
}

/** Printable, for a header or a request line: what else there may be is refused by HTTP itself. */
export const visible = fc.oneof(
  fc.constantFrom(...LOADED.filter((loaded) => /^[\x20-\x7e]*$/.test(loaded))),
  fc.string({ maxLength: 60 }),
  fc
    .array(fc.integer({ min: 0x20, max: 0xff }), { maxLength: 40 })
    .map((codes) => String.fromCharCode(...codes)),
);

/** For an address; half a character cannot be in one. */
export function encoded(part: string): string {
  return encodeURIComponent(part.replace(/\p{Cs}/gu, ''));
}
