import { commonSettings, defineSettings, setting, wholeNumber, yesNo } from '#libs/service';

const MIB = 1024 * 1024;

/** The settings of ingest (docs/configuration.md). */
export const ingestSettings = defineSettings({
  ...commonSettings({ port: 3001 }),
  shards: setting({
    env: 'RUNNEL_SHARDS',
    schema: wholeNumber(1, 1024),
    default: 16,
    doc: 'JetStream streams that share the events. Decided when the system is first set up, and in force from then on. 64 suits a cluster.',
  }),
  maxRequestBytes: setting({
    env: 'RUNNEL_MAX_REQUEST_BYTES',
    schema: wholeNumber(MIB, 256 * MIB),
    default: 16 * MIB,
    unit: 'bytes',
    doc: 'Largest body of a publish request, all its events together.',
  }),
  allowPrivateFeeds: setting({
    env: 'RUNNEL_ALLOW_PRIVATE_FEEDS',
    schema: yesNo(),
    default: false,
    doc: 'Whether rss sources may read from private, loopback and link-local addresses. Whoever may deploy sources then reaches what ingest reaches.',
  }),
  maxEventsPerKey: setting({
    env: 'RUNNEL_MAX_EVENTS_PER_KEY',
    schema: wholeNumber(0, 10_000_000),
    default: 50_000,
    unit: 'per second',
    doc: 'Events that each key may publish through one ingest, and as many at once after a rest: above it, 429. Over NATS each workspace, and each http source, has as much. 0: no limit.',
  }),
  maxStreams: setting({
    env: 'RUNNEL_MAX_STREAMS',
    schema: wholeNumber(0, 100_000_000),
    default: 1_000_000,
    doc: 'Streams of each workspace, those of sources and of workflows together: above it, 429. 0: no limit.',
  }),
  maxSources: setting({
    env: 'RUNNEL_MAX_SOURCES',
    schema: wholeNumber(0, 10_000_000),
    default: 100_000,
    doc: 'Sources of each workspace: above it, 429. 0: no limit.',
  }),
  maxLongHistories: setting({
    env: 'RUNNEL_MAX_LONG_HISTORIES',
    schema: wholeNumber(0, 100_000),
    default: 20,
    doc: 'Streams of each workspace that may keep more than 400 events, for each of which NATS has a stream of its own: above it, 429. 0: no limit.',
  }),
});

export type IngestSettings = ReturnType<typeof ingestSettings.parse>;
