import fc from 'fast-check';
import { jsonObject, text, value, visible } from './hostile-values.js';
import type { Victim } from './victim.js';

/** A message for NATS. */
export interface HostileMessage {
  readonly subject: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly data: Uint8Array;
  /** Whether somebody seems to wait for an answer. */
  readonly answer: boolean;
}

const HEADERS = [
  'Runnel-Channel',
  'Runnel-Fingerprint',
  'Nats-Msg-Id',
  'Nats-Sequence',
  'Nats-Last-Sequence',
  'Nats-Stream',
  'Nats-Subject',
  'Nats-Time-Stamp',
  'Nats-Expected-Stream',
  'Nats-Rollup',
  'Nats-TTL',
  'Status',
];

/** What the services say to each other, with other values in it. */
const said = jsonObject({
  id: text,
  pattern: text,
  data: value,
  kind: fc.constantFrom('api-key', 'key-behind-ticket'),
  keyId: text,
  keys: value,
  stream: text,
  workspace: text,
  gateway: text,
  seq: value,
  counts: value,
  form: fc.constantFrom('all', 'changes'),
});

/**
 * Messages on the subjects that the services listen to.
 *
 * @param others streams that must not notice
 */
export function messages(victim: Victim, others: readonly string[]): fc.Arbitrary<HostileMessage> {
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    value.map((given) => Buffer.from(JSON.stringify(given))),
    said.map((given) => Buffer.from(given)),
    fc.constant(Buffer.alloc(600_000, '"')),
  );
  return fc.record({
    subject: fc.constantFrom(...subjectsOf(victim), ...others.map((other) => `live.default.${other}`)),
    fields: fc.array(fc.tuple(fc.constantFrom(...HEADERS), visible), { maxLength: 5 }),
    data,
    answer: fc.boolean(),
  });
}

function subjectsOf({ workflow, source }: Victim): string[] {
  return [
    `publish.default.${workflow}`,
    `publish.default.${source}`,
    `publish.${workflow}.default`,
    `events.0.default.${workflow}`,
    `events.1.default.${workflow}`,
    `live.default.${workflow}`,
    'auth.decide',
    'auth.recheck',
    'auth.ticket-keys',
    'runnel.access.revoked',
    'runnel.workspace.deleted',
    'runnel.events.deleted',
    'runnel.presence.report',
    'runnel.presence.ask',
    `runnel.logs.${source}`,
  ];
}
