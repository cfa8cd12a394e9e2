import { createLog, main, runService, setupDocs } from '#libs/service';
import { GatewayService } from './gateway.module.js';
import { gatewaySettings } from './gateway-settings.js';
import { withoutSignal } from './subscribe/nest-response.js';
import { subscribePreflight } from './subscribe/preflight.js';

await main(async () => {
  const settings = gatewaySettings.parse(process.env);
  const log = createLog({ service: 'stream-gateway', level: settings.logLevel });
  await runService({
    name: 'stream-gateway',
    module: GatewayService.forRoot(settings),
    settings,
    log,
    configure: (app) => {
      app.use(withoutSignal, subscribePreflight(settings.corsOrigins));
      setupDocs(app, { title: 'Runnel stream gateway', version: '1' });
    },
  });
});
