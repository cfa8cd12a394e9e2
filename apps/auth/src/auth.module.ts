import { type DynamicModule, Module } from '@nestjs/common';
import { AccessService, KeyStore, WorkspaceStore } from '#libs/access';
import { LOG, type Log, NotReady, ReadinessRegistry } from '#libs/service';
import type { AuthSettings } from './auth-settings.js';
import { Decider } from './decisions/decider.js';
import { DecisionsController } from './decisions/decisions.controller.js';
import { ensureFirstAdminKey } from './first-start/ensure-first-admin-key.js';
import { FirstStart } from './first-start/first-start.js';
import { KeysController } from './keys/keys.controller.js';
import { Keys } from './keys/keys.js';
import { natsLogin } from './nats-login.js';
import { Storage } from './storage.js';
import { WorkspacesController } from './workspaces/workspaces.controller.js';
import { Workspaces } from './workspaces/workspaces.js';

/** Who may do what: keys, workspaces, decisions. Needs what ServiceModule provides. */
@Module({})
export class AuthModule {
  static forRoot(settings: AuthSettings): DynamicModule {
    return {
      module: AuthModule,
      controllers: [KeysController, WorkspacesController, DecisionsController],
      providers: [Decider, Keys, Workspaces, ...storageProviders(settings), ownAccess],
      exports: [FirstStart],
    };
  }

  constructor(firstStart: FirstStart, keys: KeyStore, readiness: ReadinessRegistry) {
    readiness.add('keys', async () => {
      if (!firstStart.isDone) throw new NotReady('The keys are not set up yet.');
      // An emptied NATS can be read all the same.
      if (!(await keys.roots.exist()))
        throw new NotReady('The keys are gone: restart auth to set them up anew.');
    });
  }
}

function storageProviders(settings: AuthSettings) {
  const { natsReplicas, adminKey: configuredKey } = settings;
  return [
    {
      provide: Storage,
      inject: [LOG],
      useFactory: (log: Log) => new Storage(natsLogin(settings, 'keys'), natsReplicas, log),
    },
    { provide: KeyStore, inject: [Storage], useFactory: ({ keys }: Storage) => keys },
    { provide: WorkspaceStore, inject: [Storage], useFactory: ({ workspaces }: Storage) => workspaces },
    {
      provide: FirstStart,
      inject: [Storage, LOG],
      useFactory: (storage: Storage, log: Log) =>
        new FirstStart(async () => {
          await storage.whenUp();
          return await ensureFirstAdminKey(storage, { configuredKey });
        }, log),
    },
  ];
}

/** Auth's own addresses ask the store each time: whoever manages keys sees the effect with the next request. */
const ownAccess = {
  provide: AccessService,
  inject: [Decider],
  useFactory: (decider: Decider) => new AccessService(decider, { freshMs: 0, staleMs: 0 }),
};
