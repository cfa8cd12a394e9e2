import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import fc from 'fast-check';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually, type SseCapture, Standalone } from '#libs/testing';
import { calls } from './hostile-calls.js';
import { type HostileMessage, messages } from './hostile-messages.js';
import { addresses, bodies, headerLines, queries } from './hostile-requests.js';
import { type RawAnswer, type RawRequest, sendRaw } from './raw-request.js';
import type { Victim } from './victim.js';

/*
 * Whatever comes over HTTP or on the NATS subjects: no 5xx, nothing that does not end, no crash, no growth, and
 * somebody who listens to a stream all the while hears its events and nothing else.
 *
 * By itself it sends the same each time, so that a change is judged by what it does. RUNNEL_FUZZ_MS gives each part so much
 * time instead, with another seed each time; a failure names the seed, and RUNNEL_FUZZ_SEED repeats it.
 */
const TIMED = process.env.RUNNEL_FUZZ_MS !== undefined;
const SEED = Number(process.env.RUNNEL_FUZZ_SEED ?? (TIMED ? randomInt(2 ** 31) : 1));
const PART_MS = Number(process.env.RUNNEL_FUZZ_MS ?? 10_000);
const RUNS = {
  seed: SEED,
  numRuns: TIMED ? 1_000_000 : 30,
  interruptAfterTimeLimit: PART_MS,
  markInterruptAsFailure: false,
};
/** For a failure that has to be made small first. */
const PATIENCE_MS = PART_MS + 300_000;
/** Requests at the same time. */
const TOGETHER = 8;
/** What the process may grow by, its caches and the heap that Node has not given back included. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

let nats: NatsServer;
let raw: NatsConnection;
let runnel: Standalone;
let port: number;
let witness: SseCapture;
let witnessed: string;
let told = 0;
let before: number;
let victim: Victim;

beforeAll(async () => {
  process.stderr.write(`fuzzing with the seed ${SEED}\n`);
  nats = await startNatsServer();
  runnel = await Standalone.start({
    NATS_URL: nats.url,
    RUNNEL_SHARDS: '2',
    // A limit would answer in place of everything that lies behind it.
    RUNNEL_MAX_FAILED_CREDENTIALS: '0',
  });
  port = Number(new URL(runnel.url).port);
  raw = await connect({ servers: nats.url });
  witnessed = await runnel.workflow();
  witness = await runnel.subscribe(`/pipelines/${witnessed}/sse`);
  const { body: source } = await runnel.call('POST', '/v1/sources', { type: 'http' });
  victim = {
    workflow: await runnel.workflow(),
    source: source.id,
    hook: new URL(source.endpoint).pathname,
    key: runnel.adminKey,
  };
  before = await residentBytes();
}, 60_000);
afterAll(async () => {
  witness?.close();
  await raw?.close();
  await runnel?.stop();
  await nats?.stop();
}, 60_000);

async function residentBytes(): Promise<number> {
  const metrics = await (await fetch(`${runnel.url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1]);
}

/** Words of what lies beneath, which no answer may let through. */
const INSIDES = /\bat [\w.<>]+ \(|node_modules|JetStream|EVENTS_\d|\$JS|ECONN|TypeError|ZodError|\.ts:\d/;

function faultOf(request: RawRequest, { status, head, body }: RawAnswer): string | undefined {
  const { method, target } = request;
  const asked = `${method} ${target} ${request.headers?.join('; ')} ${String(request.body ?? '')}`;
  const what = asked.slice(0, 3_000);
  const words = `${asked} ${decoded(target)}`;
  if (status >= 500 || status < 100) return `${status} for ${what}\n${body}`;
  if (status < 400) return undefined;
  if (!/\r\ncontent-type: application\/problem\+json/i.test(head)) {
    return `no problem document for ${what}\n${head}\n${body}`;
  }
  // An answer may quote the request: what was not in it can only be from inside.
  const leak = INSIDES.exec(body)?.[0];
  if (leak === undefined || words.includes(leak)) return undefined;
  return `"${leak}" in the answer to ${what}\n${body}`;
}

function decoded(target: string): string {
  return target.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(),
  );
}

/** Sends for as long as there is time, some at once, and fails with the smallest that is answered badly. */
async function answersAll(request: fc.Arbitrary<RawRequest>): Promise<void> {
  let answered = 0;
  const some = fc.array(request, { minLength: 1, maxLength: TOGETHER });
  const property = fc.asyncProperty(some, async (requests) => {
    const faults = requests.map(async (each) => faultOf(each, await sendRaw(port, each)));
    expect((await Promise.all(faults)).filter((fault) => fault !== undefined)).toEqual([]);
    answered += requests.length;
  });
  await fc.assert(property, RUNS);
  expect(answered).toBeGreaterThan(10);
  await witnessHears();
}

function put({ subject, fields, data, answer }: HostileMessage): void {
  const all = headers();
  // The client refuses what a server may take; headers that nobody can read are a spec of the event log.
  for (const [name, given] of fields) all.set(name, given.replace(/[^\x20-\x7e]/g, ''));
  raw.publish(subject, data, { headers: all, ...(answer && { reply: '_INBOX.nobody' }) });
}

/** The witness's stream has all of its events, in order, and nothing else. */
async function witnessHears(): Promise<void> {
  await runnel.publish(witnessed, { channel: 'c', payload: told });
  told += 1;
  await witness.count(told);
  expect(witness.values).toEqual(Array.from({ length: told }, (_, n) => n));
  expect(witness.events.every(({ event }) => event === 'c')).toBe(true);
}

describe('over HTTP', () => {
  it.each<[string, (whose: Victim) => fc.Arbitrary<RawRequest>]>([
    ['the fields of every call', calls],
    ['bodies of any bytes and types', bodies],
    ['queries', queries],
    ['headers', headerLines],
    ['addresses and methods', addresses],
  ])(
    'nothing is answered with 5xx or not at all: %s',
    (_what, arbitrary) => answersAll(arbitrary(victim)),
    PATIENCE_MS,
  );
});

describe('on the NATS subjects', () => {
  it(
    'nothing harms the services, and nobody hears what is none of their stream',
    async () => {
      const capture = await runnel.subscribe(`/pipelines/${victim.workflow}/sse`);
      const some = fc.array(messages(victim, [witnessed]), { minLength: 1, maxLength: 30 });
      const property = fc.asyncProperty(some, async (batch) => {
        for (const message of batch) put(message);
        await raw.flush();
        await witnessHears();
      });
      await fc.assert(property, RUNS);
      const targets = [
        `/v1/streams/${victim.workflow}`,
        `/v1/streams/${victim.workflow}/events?limit=100`,
        '/v1/streams',
        '/v1/keys',
      ];
      const answers = await Promise.all(targets.map((target) => runnel.call('GET', target)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      for (const { data } of capture.events) expect(() => JSON.parse(data)).not.toThrow();
      expect(capture.ended).toBe(false);
      capture.close();
    },
    PATIENCE_MS,
  );
});

describe('afterwards', () => {
  it('the service is ready, has grown within bounds and logged no failure of its own', async () => {
    await eventually('it is ready', async () => (await fetch(`${runnel.url}/readyz`)).ok);
    await witnessHears();
    expect(witness.ended).toBe(false);
    expect((await residentBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
    const failures = runnel.process.output.filter((line) => /"level":"(?:error|fatal)"/.test(line));
    expect(failures).toEqual([]);
  });
});
