import { createLog, main, runService, setupDocs } from '#libs/service';
import { GatewayService } from './gateway.module.js';
import { gatewaySettings } from './gateway-settings.js';
import { withoutSignals } from './subscribe/nest-response.js';
import { STREAM_ROUTES, subscribePreflight } from './subscribe/preflight.js';

await main(async () => {
  const settings = gatewaySettings.parse(process.env);
  const log = createLog({ service: 'stream-gateway', level: settings.logLevel });
  await runService({
    name: 'stream-gateway',
    module: GatewayService.forRoot(settings),
    settings,
    log,
    directRoutes: STREAM_ROUTES,
    configure: (app) => {
      withoutSignals(app.getHttpAdapter().getInstance());
      app.use(subscribePreflight(settings.corsOrigins));
      setupDocs(app, { title: 'Runnel stream gateway', version: '1' });
    },
  });
});
