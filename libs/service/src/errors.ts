/** What is wrong with one environment variable. Never holds its value: it may be a secret or contain one. */
export interface SettingProblem {
  readonly env: string;
  readonly message: string;
}

/** The environment does not make valid settings. Lists every problem, so that one start shows them all. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly code = 'bad-settings';

  constructor(readonly problems: readonly SettingProblem[]) {
    super(`Bad settings: ${problems.map(({ env, message }) => `${env} ${message}`).join('; ')}`);
  }
}

/** The program cannot start. The message is one line for whoever started it. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'cannot-start';
}

/** Why a service is not ready, in words that anybody may read: `/readyz` shows them without authentication. */
export class NotReady extends Error {
  override readonly name = 'NotReady';
  readonly code = 'not-ready';
}
