import { cors, createLog, main, runService, setupDocs } from '#libs/service';
import { IngestService } from './ingest.module.js';
import { ingestSettings } from './ingest-settings.js';
import { PUBLISH_PATH } from './publish/publish.controller.js';

await main(async () => {
  const settings = ingestSettings.parse(process.env);
  const log = createLog({ service: 'ingest', level: settings.logLevel });
  const crossOrigin = cors({
    origins: settings.corsOrigins,
    skip: (path) => path.startsWith('/hooks/'),
  });
  await runService({
    name: 'ingest',
    module: IngestService.forRoot(settings),
    settings,
    log,
    directRoutes: [{ method: 'POST', path: PUBLISH_PATH, before: crossOrigin }],
    configure: (app) => {
      app.use(crossOrigin);
      setupDocs(app, { title: 'Runnel ingest', version: '1' });
    },
  });
});
