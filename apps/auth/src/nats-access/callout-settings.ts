import { AccountKey } from '#libs/access';
import { StartError } from '#libs/service';
import type { AuthSettings } from '../auth-settings.js';

/** How auth answers for nats-server who may sign in. */
export interface CalloutSettings {
  readonly issuer: AccountKey;
  readonly user: string;
  readonly password: string;
  readonly account: string;
}

/** @returns undefined where publishers cannot sign in with keys @throws StartError when a part is missing */
export function calloutSettings(settings: AuthSettings): CalloutSettings | undefined {
  const { natsCalloutSeed, natsCalloutUser: user, natsCalloutPassword: password } = settings;
  if (natsCalloutSeed === undefined && user === undefined && password === undefined) return undefined;
  const issuer = AccountKey.fromSeed(natsCalloutSeed ?? '');
  if (issuer === undefined || user === undefined || password === undefined) {
    throw new StartError(
      'RUNNEL_NATS_CALLOUT_SEED, RUNNEL_NATS_CALLOUT_USER and RUNNEL_NATS_CALLOUT_PASSWORD belong together: set all of them or none.',
    );
  }
  return { issuer, user, password, account: settings.natsPublishersAccount };
}
