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
