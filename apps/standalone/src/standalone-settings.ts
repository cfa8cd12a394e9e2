import { authSettings } from '#apps/auth';
import { ingestSettings } from '#apps/ingest';
import { gatewaySettings } from '#apps/stream-gateway';
import {
  commonSettings,
  defineSettings,
  natsServers,
  plainText,
  setting,
  wholeNumber,
  yesNo,
} from '#libs/service';

const common = commonSettings({ port: 3000 });

// Ingest and auth are in the same process, and of them and their nats-server there is one: workers are for a gateway alone.
const { workers: _workers, ...subscriberFields } = gatewaySettings.fields;

/** The settings of standalone: those of the three services, and its own (docs/configuration.md). */
export const standaloneSettings = defineSettings({
  ...authSettings.fields,
  ...ingestSettings.fields,
  ...subscriberFields,
  ...common,
  natsUrl: setting({
    env: 'NATS_URL',
    schema: natsServers(),
    doc: 'NATS servers to use. Unset: standalone starts a nats-server of its own.',
  }),
  logLevel: setting({
    env: common.logLevel.env,
    schema: common.logLevel.schema,
    default: 'warn',
    doc: `${common.logLevel.doc} Standalone is quiet, so that what it prints can be read.`,
  }),
  dataDir: setting({
    env: 'RUNNEL_DATA_DIR',
    schema: plainText(),
    default: './data',
    doc: 'Directory of everything that standalone keeps: streams, keys, the first admin key.',
  }),
  natsPort: setting({
    env: 'RUNNEL_NATS_PORT',
    schema: wholeNumber(1, 65_535),
    doc: 'Port of the own nats-server. Unset: 4222, or a free one when that is taken.',
  }),
  demo: setting({
    env: 'RUNNEL_DEMO',
    schema: yesNo(),
    default: false,
    doc: 'Whether a demo workflow and a demo source are made, and an event is sent every second. `npm start` turns it on.',
  }),
});

export type StandaloneSettings = ReturnType<typeof standaloneSettings.parse>;

/** The settings once it is known which NATS is used. */
export type ServiceSettings = StandaloneSettings & { readonly natsUrl: string };
