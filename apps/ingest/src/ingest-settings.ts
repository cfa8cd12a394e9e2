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
});

export type IngestSettings = ReturnType<typeof ingestSettings.parse>;
