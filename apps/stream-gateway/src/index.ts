export { CLIENT_PATH } from './files/client-file.controller.js';
export { GatewayModule } from './gateway.module.js';
export { type GatewaySettings, gatewaySettings } from './gateway-settings.js';
export { withoutSignal } from './subscribe/nest-response.js';
export { isStreamPath, subscribePreflight } from './subscribe/preflight.js';
