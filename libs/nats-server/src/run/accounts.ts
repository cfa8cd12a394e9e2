import type { NatsCredentials } from './credentials.js';
import { inboxesOf, type ServiceRole, servicePermissions } from './permissions.js';

/** How one service signs in. */
export interface NatsServiceLogin extends NatsCredentials {
  readonly role: ServiceRole;
}

/**
 * Accounts that keep what Runnel itself uses apart from whoever publishes with an API key (ADR 0010). docs/nats.md
 * has the same as text, for servers that are not started by us.
 */
export interface NatsAccounts {
  /** With which the services sign in: to the account RUNNEL, which has JetStream, each to its part of it. */
  readonly services: readonly NatsServiceLogin[];
  /** JetStream streams of events that may be made: `RUNNEL_SHARDS`. */
  readonly shards: number;
  /** With which auth signs in to answer for logins: to the system account, and to little of it. */
  readonly callout: NatsCredentials;
  /** Public key, `A…`, of the key with which auth signs logins. */
  readonly issuer: string;
}

/**
 * The account that publishers are put in. It sees the subjects of streams, as a service, what is told of their
 * subscribers, and nothing else.
 */
export const PUBLISHERS_ACCOUNT = 'PUBLISHERS';
const SERVICES = 'RUNNEL';
const SYSTEM = 'SYS';
/** What a publisher can address. */
const PUBLISH_SUBJECTS = 'publish.*.*';
/** What it can hear, if its key allows it. */
const PRESENCE_SUBJECTS = 'presence.*.*';

/** What the callout's user needs: the questions about logins, who is connected, and to end a connection. */
function calloutPermissions(user: string) {
  return {
    publish: ['$SYS.REQ.SERVER.*.KICK', '$SYS.REQ.SERVER.*.CONNZ', '$SYS.REQ.SERVER.PING.CONNZ'],
    subscribe: ['$SYS.REQ.USER.AUTH', `$SYS.ACCOUNT.${PUBLISHERS_ACCOUNT}.*`, inboxesOf(user)],
    allow_responses: { max: 1, expires: '10s' },
  };
}

/** The entries of the configuration file that make these accounts. */
export function accountEntries({ services, shards, callout, issuer }: NatsAccounts): Record<string, unknown> {
  const users = services.map(({ user, password, role }) => ({
    user,
    password,
    permissions: servicePermissions(role, user, shards),
  }));
  return {
    accounts: {
      [SYSTEM]: { users: [{ ...callout, permissions: calloutPermissions(callout.user) }] },
      [SERVICES]: {
        jetstream: 'enabled',
        users,
        exports: [
          { service: PUBLISH_SUBJECTS, accounts: [PUBLISHERS_ACCOUNT] },
          { stream: PRESENCE_SUBJECTS, accounts: [PUBLISHERS_ACCOUNT] },
        ],
      },
      [PUBLISHERS_ACCOUNT]: {
        imports: [
          { service: { account: SERVICES, subject: PUBLISH_SUBJECTS } },
          { stream: { account: SERVICES, subject: PRESENCE_SUBJECTS } },
        ],
      },
    },
    system_account: SYSTEM,
    authorization: {
      auth_callout: { issuer, account: SYSTEM, auth_users: [...services, callout].map(({ user }) => user) },
    },
  };
}
