import { createLog, main, runInWorkers, runService, setupDocs } from '#libs/service';
import { GatewayService } from './gateway.module.js';
import { gatewaySettings } from './gateway-settings.js';
import { withoutSignals } from './subscribe/nest-response.js';
import { STREAM_ROUTES, subscribePreflight } from './subscribe/preflight.js';

await main(async () => {
  const settings = gatewaySettings.parse(process.env);
  const name = 'stream-gateway';
  const log = (worker: number | undefined) => createLog({ service: name, worker, level: settings.logLevel });
  await runInWorkers({ ...settings, name, log }, (log, crew) =>
    runService({
      name,
      module: GatewayService.forRoot(settings),
      settings,
      log,
      crew,
      directRoutes: STREAM_ROUTES,
      configure: (app) => {
        withoutSignals(app.getHttpAdapter().getInstance());
        app.use(subscribePreflight(settings.corsOrigins));
        setupDocs(app, { title: 'Runnel stream gateway', version: '1' });
      },
    }),
  );
});
