import { cors, createLog, main, runService, setupDocs } from '#libs/service';
import { AuthModule } from './auth.module.js';
import { authSettings } from './auth-settings.js';
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
  const first = await app.get(FirstStart, { strict: false }).done;
  printFirstKey(first, settings.adminKey, (text) => process.stdout.write(text));
});
