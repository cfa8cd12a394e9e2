/** Injects the settings object of the running service: `@Inject(SETTINGS) settings: …`. */
export const SETTINGS = Symbol('settings');

/** Injects the service's log: `@Inject(LOG) log: Log`. */
export const LOG = Symbol('log');
