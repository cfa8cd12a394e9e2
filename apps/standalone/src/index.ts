export { standaloneSettings } from './standalone-settings.js';
