import { z } from 'zod';
import type { SourcePolicy } from '../source-policy.js';
import { badField, sourceType } from '../source-type.js';
import { addressRule, feedAddressFault } from './fetch/feed-address.js';
import { runRss } from './run-rss.js';

const DEFAULT_INTERVAL_S = 900;
const LEAST_INTERVAL_S = 15;
const MOST_INTERVAL_S = 7 * 86_400;

const intervalField = z
  .int('must be a whole number')
  .min(LEAST_INTERVAL_S, `must be at least ${LEAST_INTERVAL_S}`)
  .max(MOST_INTERVAL_S, `must be at most ${MOST_INTERVAL_S}, a week`);

const rssSettings = z.object({ url: z.string(), intervalSeconds: z.number() });

/** A feed in RSS or Atom: an event for each new item. */
export const rssSource = sourceType({
  name: 'rss',
  newFields: { url: z.string(), interval_seconds: intervalField.optional() },
  // null goes back to the default.
  changeFields: { url: z.string().optional(), interval_seconds: intervalField.nullable().optional() },
  ownRule: { strategy: 'unique', pointer: '/id' },
  settings: ({ url, interval_seconds: intervalSeconds = DEFAULT_INTERVAL_S }, policy) => ({
    url: checked(url, policy),
    intervalSeconds,
  }),
  changed(settings, { url, interval_seconds: intervalSeconds }, policy) {
    const current = rssSettings.parse(settings);
    return {
      ...settings,
      url: url === undefined ? current.url : checked(url, policy),
      intervalSeconds:
        intervalSeconds === undefined ? current.intervalSeconds : (intervalSeconds ?? DEFAULT_INTERVAL_S),
    };
  },
  view(settings) {
    const { url, intervalSeconds } = rssSettings.parse(settings);
    return { url, interval_seconds: intervalSeconds };
  },
  run: (source) => runRss(source, rssSettings.parse(source.entry.settings)),
});

function checked(url: string, policy: SourcePolicy): string {
  const fault = feedAddressFault(url, addressRule(policy));
  if (fault !== undefined) throw badField('url', fault);
  return url;
}
