import { type DynamicModule, Module, Optional } from '@nestjs/common';
import { AccessService, KeyStore, WorkspaceStore } from '#libs/access';
import { Catalogue } from '#libs/catalogue';
import { LOG, type Log, NotReady, natsMetrics, ReadinessRegistry, Registry } from '#libs/service';
import type { AuthSettings } from './auth-settings.js';
import { Decider } from './decisions/decider.js';
import { DecisionsController } from './decisions/decisions.controller.js';
import { ensureFirstAdminKey } from './first-start/ensure-first-admin-key.js';
import { FirstStart } from './first-start/first-start.js';
import { KeysController } from './keys/keys.controller.js';
import { Keys } from './keys/keys.js';
import { calloutSettings } from './nats-access/callout-settings.js';
import { NatsAccess } from './nats-access/nats-access.js';
import { natsLogin } from './nats-login.js';
import { Storage } from './storage.js';
import { SigningKeys } from './tickets/signing-keys.js';
import { TicketsController } from './tickets/tickets.controller.js';
import { Tickets } from './tickets/tickets.js';
import { WorkspacesController } from './workspaces/workspaces.controller.js';
import { Workspaces } from './workspaces/workspaces.js';

/** Who may do what: keys, tickets, workspaces, decisions. Needs what ServiceModule provides. */
@Module({})
export class AuthModule {
  static forRoot(settings: AuthSettings): DynamicModule {
    return {
      module: AuthModule,
      controllers: [KeysController, WorkspacesController, TicketsController, DecisionsController],
      providers: [
        Decider,
        Keys,
        Workspaces,
        Tickets,
        ...storageProviders(settings),
        ownAccess(settings),
        ...natsAccessProviders(settings),
      ],
      exports: [FirstStart],
    };
  }

  constructor(
    firstStart: FirstStart,
    keys: KeyStore,
    readiness: ReadinessRegistry,
    @Optional() natsAccess?: NatsAccess,
  ) {
    readiness.add('keys', async () => {
      if (!firstStart.isDone) throw new NotReady('The keys are not set up yet.');
      // An emptied NATS can be read all the same.
      if (!(await keys.roots.exist())) throw new NotReady('The keys are gone, and not set up anew yet.');
    });
    if (natsAccess === undefined) return;
    readiness.add('nats logins', () => {
      if (!natsAccess.up) throw new NotReady('The NATS logins of publishers cannot be answered.');
    });
  }
}

function storageProviders(settings: AuthSettings) {
  const { natsReplicas, adminKey: configuredKey } = settings;
  return [
    {
      provide: Storage,
      inject: [LOG, Registry],
      useFactory: (log: Log, registry: Registry) =>
        new Storage({ ...natsLogin(settings, 'keys'), onState: natsMetrics(registry) }, natsReplicas, log),
    },
    { provide: KeyStore, inject: [Storage], useFactory: ({ keys }: Storage) => keys },
    { provide: WorkspaceStore, inject: [Storage], useFactory: ({ workspaces }: Storage) => workspaces },
    { provide: Catalogue, inject: [Storage], useFactory: ({ catalogue }: Storage) => catalogue },
    {
      provide: SigningKeys,
      inject: [Storage],
      useFactory: ({ ticketKeys }: Storage) => new SigningKeys(ticketKeys),
    },
    {
      provide: FirstStart,
      inject: [Storage, LOG],
      useFactory: (storage: Storage, log: Log) => {
        const ensure = async () => {
          await storage.whenUp();
          return await ensureFirstAdminKey(storage, { configuredKey });
        };
        return new FirstStart({ ensure, isKept: () => storage.keys.roots.exist() }, log);
      },
    },
  ];
}

/** Auth's own addresses ask the store each time: whoever manages keys sees the effect with the next request. */
function ownAccess({ maxFailedCredentials, maxRequestsPerKey }: AuthSettings) {
  const limits = { failuresPerMinute: maxFailedCredentials, requestsPerSecond: maxRequestsPerKey };
  return {
    provide: AccessService,
    inject: [Decider],
    useFactory: (decider: Decider) => new AccessService(decider, { freshMs: 0, staleMs: 0, ...limits }),
  };
}

/** Nothing where nats-server is not set up to ask about logins. */
function natsAccessProviders(settings: AuthSettings) {
  const callout = calloutSettings(settings);
  if (callout === undefined) return [];
  const useFactory = (access: AccessService, log: Log) =>
    new NatsAccess(natsLogin(settings, 'logins'), callout, access, log);
  return [{ provide: NatsAccess, inject: [AccessService, LOG], useFactory }];
}
