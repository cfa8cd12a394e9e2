export { CLIENT_PATH } from './files/client-file.controller.js';
export { GatewayModule } from './gateway.module.js';
export { type GatewaySettings, gatewaySettings } from './gateway-settings.js';
export { withoutSignals } from './subscribe/nest-response.js';
export { isStreamPath, STREAM_ROUTES, subscribePreflight } from './subscribe/preflight.js';
