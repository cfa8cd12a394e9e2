/** What a user may publish or subscribe to. A subject that is denied is denied, whatever allows it. */
interface SubjectRules {
  readonly allow: readonly string[];
  readonly deny?: readonly string[];
}

export interface NatsPermissions {
  readonly publish: SubjectRules;
  readonly subscribe: SubjectRules;
  /** Answers that it may give to whoever asked, wherever that one waits for them. */
  readonly allow_responses?: { readonly max: number; readonly expires: string };
}

/** A service, or the two that share their connections in one process (standalone). */
export type ServiceRole = 'auth' | 'ingest' | 'gateway' | 'ingest-and-gateway';

/** KV buckets by what they keep. */
const BUCKETS = {
  keys: 'KV_RUNNEL_KEYS',
  ticketKeys: 'KV_RUNNEL_TICKET_KEYS',
  workspaces: 'KV_RUNNEL_WORKSPACES',
  catalogue: 'KV_RUNNEL_CATALOGUE',
  sourceState: 'KV_RUNNEL_SOURCE_STATE',
} as const;
type Bucket = (typeof BUCKETS)[keyof typeof BUCKETS];

const ASK_AUTH = 'auth.*';
const REVOKED = 'runnel.access.revoked';
const WORKSPACE_DELETED = 'runnel.workspace.deleted';
const EVENTS_DELETED = 'runnel.events.deleted';
const REPORT = 'runnel.presence.report';
const ASK_REPORT = 'runnel.presence.ask';
const LOGS = 'runnel.logs.*';

/**
 * What a service needs of the account RUNNEL, and nothing besides (ADR 0017): none may delete the streams of events or a
 * bucket, copy them out or list them; the hashes of keys and what signs tickets are read by auth alone; and the
 * gateway, which everybody talks to, changes nothing at all.
 *
 * @param user whose inboxes are its own: `_INBOX_<user>`
 * @param shards JetStream streams of events that nobody may delete
 */
export function servicePermissions(role: ServiceRole, user: string, shards: number): NatsPermissions {
  switch (role) {
    case 'auth':
      return authPermissions(user);
    case 'ingest':
      return ingestPermissions(user, shards);
    case 'gateway':
      return gatewayPermissions(user);
    case 'ingest-and-gateway':
      return bothPermissions(user, shards);
  }
}

/** The prefix of the inboxes on which a user hears answers to its own questions, and nobody else does. */
export function inboxesOf(user: string): string {
  return `_INBOX_${user}.>`;
}

function authPermissions(user: string): NatsPermissions {
  const own = [BUCKETS.keys, BUCKETS.ticketKeys, BUCKETS.workspaces];
  return {
    publish: { allow: [...own.flatMap(writing), ...reading(BUCKETS.catalogue), REVOKED, WORKSPACE_DELETED] },
    subscribe: { allow: [inboxesOf(user), ASK_AUTH] },
    allow_responses: { max: 1, expires: '10s' },
  };
}

function ingestPermissions(user: string, shards: number): NatsPermissions {
  const own = [BUCKETS.catalogue, BUCKETS.sourceState];
  const events = Array.from({ length: shards }, (_, shard) => `EVENTS_${shard}`);
  return {
    publish: {
      allow: [
        ASK_AUTH,
        'events.>',
        'archive.>',
        ...READING,
        // Archives come and go with the wishes of streams' owners, and are called after the streams.
        '$JS.API.STREAM.NAMES',
        ...['CREATE', 'UPDATE', 'DELETE', 'PURGE', 'MSG.DELETE'].map((verb) => `$JS.API.STREAM.${verb}.*`),
        '$JS.API.CONSUMER.CREATE.>',
        '$JS.API.CONSUMER.INFO.*.*',
        '$JS.API.CONSUMER.DELETE.*.*',
        '$JS.FC.>',
        ...own.flatMap(writing),
        ...reading(BUCKETS.workspaces),
        EVENTS_DELETED,
        LOGS,
        ASK_REPORT,
        'presence.*.*',
        // Answers to publishers, those of other accounts among them. There may be many: they are not kept account of.
        '_INBOX.>',
        '_R_.>',
      ],
      deny: [
        ...[...events, ...Object.values(BUCKETS)].map((name) => `$JS.API.STREAM.DELETE.${name}`),
        ...[BUCKETS.keys, BUCKETS.ticketKeys].flatMap((bucket) => [...unread(bucket), ...unchanged(bucket)]),
        ...unchanged(BUCKETS.workspaces),
      ],
    },
    // Sources of type nats listen to whatever their owners name, so what is nobody's business is taken out.
    subscribe: {
      allow: ['>'],
      deny: [
        'events.>',
        'archive.>',
        'live.>',
        'auth.>',
        '$JS.>',
        '$KV.>',
        '$SYS.>',
        '_R_.>',
        '_INBOX.>',
        ...['auth', 'ingest', 'gateway'].filter((other) => other !== user).map(inboxesOf),
      ],
    },
  };
}

function gatewayPermissions(user: string): NatsPermissions {
  const foreign = [BUCKETS.keys, BUCKETS.ticketKeys, BUCKETS.workspaces, BUCKETS.sourceState];
  return {
    publish: {
      allow: [ASK_AUTH, ...READING, ...reading(BUCKETS.catalogue), ...watching(BUCKETS.catalogue), REPORT],
      deny: foreign.flatMap(unread),
    },
    subscribe: { allow: [inboxesOf(user), 'live.*.*', REVOKED, EVENTS_DELETED, ASK_REPORT] },
  };
}

function bothPermissions(user: string, shards: number): NatsPermissions {
  const ingest = ingestPermissions(user, shards);
  const { publish } = gatewayPermissions(user);
  return {
    publish: { ...ingest.publish, allow: [...new Set([...ingest.publish.allow, ...publish.allow])] },
    subscribe: {
      allow: ingest.subscribe.allow,
      deny: ingest.subscribe.deny?.filter((subject) => subject !== 'live.>') ?? [],
    },
  };
}

/**
 * To look at the streams of events and archives and to read from them. The same words open the buckets, since a stream's
 * name is one token, which cannot be matched in part: so those are denied by name.
 */
const READING = ['$JS.API.STREAM.INFO.*', '$JS.API.STREAM.MSG.GET.*', '$JS.API.DIRECT.GET.*'];

/** To read a bucket, and to make it where it is missing. */
function reading(bucket: Bucket): string[] {
  return [
    `$JS.API.STREAM.INFO.${bucket}`,
    `$JS.API.STREAM.CREATE.${bucket}`,
    `$JS.API.STREAM.MSG.GET.${bucket}`,
    `$JS.API.DIRECT.GET.${bucket}`,
    `$JS.API.DIRECT.GET.${bucket}.>`,
  ];
}

function writing(bucket: Bucket): string[] {
  return [...reading(bucket), `$KV.${bucket.slice('KV_'.length)}.>`, `$JS.API.STREAM.PURGE.${bucket}`];
}

/** To hear of changes. */
function watching(bucket: Bucket): string[] {
  return [
    `$JS.API.CONSUMER.CREATE.${bucket}.>`,
    `$JS.API.CONSUMER.INFO.${bucket}.*`,
    `$JS.API.CONSUMER.DELETE.${bucket}.*`,
    `$JS.FC.${bucket}.>`,
  ];
}

/** For who may read all streams but this. */
function unread(bucket: Bucket): string[] {
  return [
    `$JS.API.STREAM.INFO.${bucket}`,
    `$JS.API.STREAM.MSG.GET.${bucket}`,
    `$JS.API.DIRECT.GET.${bucket}`,
    `$JS.API.DIRECT.GET.${bucket}.>`,
    `$JS.API.CONSUMER.CREATE.${bucket}`,
    `$JS.API.CONSUMER.CREATE.${bucket}.>`,
  ];
}

/** For who may change all streams but this. */
function unchanged(bucket: Bucket): string[] {
  return ['UPDATE', 'PURGE', 'MSG.DELETE'].map((verb) => `$JS.API.STREAM.${verb}.${bucket}`);
}
