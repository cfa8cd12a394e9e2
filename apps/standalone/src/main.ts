import { createLog, main } from '#libs/service';
import { standaloneSettings } from './standalone-settings.js';
import { startStandalone } from './start-standalone.js';

await main(async () => {
  const settings = standaloneSettings.parse(process.env);
  const log = createLog({ service: 'standalone', level: settings.logLevel });
  await startStandalone(settings, log, (text) => process.stdout.write(text));
});
