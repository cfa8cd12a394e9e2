export { AuthModule } from './auth.module.js';
export { type AuthSettings, authSettings } from './auth-settings.js';
export { ensureFirstAdminKey, type FirstAdminKey } from './first-start/ensure-first-admin-key.js';
export { FirstStart } from './first-start/first-start.js';
export { authTransport } from './nats-login.js';
