export { EventLogSetup } from './event-log-setup.js';
export { IngestModule } from './ingest.module.js';
export { type IngestSettings, ingestSettings } from './ingest-settings.js';
export { PUBLISH_PATH } from './publish/publish.controller.js';
