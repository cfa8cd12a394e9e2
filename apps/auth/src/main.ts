import { cors, createLog, main, runService, setupDocs } from '#libs/service';
import { AuthModule } from './auth.module.js';
import { authSettings } from './auth-settings.js';
import type { FirstAdminKey } from './first-start/ensure-first-admin-key.js';
import { FirstStart } from './first-start/first-start.js';
import { printFirstKey } from './first-start/print-first-key.js';
import { authTransport } from './nats-login.js';

await main(async () => {
  const settings = authSettings.parse(process.env);
  const log = createLog({ service: 'auth', level: settings.logLevel });
  const { app } = await runService({
    name: 'auth',
    module: AuthModule.forRoot(settings),
    settings,
    log,
    microservices: [authTransport(settings)],
    configure: (configured) => {
      configured.use(cors({ origins: settings.corsOrigins }));
      setupDocs(configured, { title: 'Runnel auth', version: '1' });
    },
  });
  const firstStart = app.get(FirstStart, { strict: false });
  const show = (first: FirstAdminKey | undefined) =>
    printFirstKey(first, settings.adminKey, (text) => process.stdout.write(text));
  firstStart.onAnew(show);
  show(await firstStart.done);
});
