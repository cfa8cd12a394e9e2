export { BackboneModule, natsOptions } from './backbone.module.js';
