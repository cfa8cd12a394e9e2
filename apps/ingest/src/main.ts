import { cors, createLog, main, runService, setupDocs } from '#libs/service';
import { IngestService } from './ingest.module.js';
import { ingestSettings } from './ingest-settings.js';

await main(async () => {
  const settings = ingestSettings.parse(process.env);
  const log = createLog({ service: 'ingest', level: settings.logLevel });
  await runService({
    name: 'ingest',
    module: IngestService.forRoot(settings),
    settings,
    log,
    configure: (app) => {
      app.use(cors({ origins: settings.corsOrigins, skip: (path) => path.startsWith('/hooks/') }));
      setupDocs(app, { title: 'Runnel ingest', version: '1' });
    },
  });
});
