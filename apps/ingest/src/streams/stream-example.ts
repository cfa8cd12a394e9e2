const BASE = 'http://127.0.0.1:3000';
const TIMES = { created_at: '2026-01-31T12:00:00.000Z', updated_at: '2026-01-31T12:00:00.000Z' };
const WORKFLOW = 'p_5hRZ0gQpXo2kVfW8aNcT3u';
const SOURCE = 'dc_7nYb1JqLw4dEsK9mZtXv2G';

// What the documentation shows of answers; test/docs compares their fields with those of real ones.

/** What says where a page of a list is. */
export const PAGE_INFO_EXAMPLE = {
  total_count: 1,
  count: 1,
  start_cursor: `1769860800000-${WORKFLOW}`,
  end_cursor: `1769860800000-${WORKFLOW}`,
};

export const WORKFLOW_EXAMPLE = {
  id: WORKFLOW,
  name: 'orders',
  visibility: 'public',
  sse_url: `${BASE}/pipelines/${WORKFLOW}/sse`,
  ...TIMES,
};

const ANY_SOURCE = {
  id: SOURCE,
  name: 'github',
  active: true,
  visibility: 'private',
  sse_url: `${BASE}/sources/${SOURCE}/sse`,
  ...TIMES,
};

export const SOURCE_EXAMPLE = {
  ...ANY_SOURCE,
  type: 'http',
  endpoint: `${BASE}/hooks/RZZx1Y7b97XxTb6MiIZ95ov3Hl3DvS6e`,
  response: { status: 200, body: { status: 'ok' } },
};

/** What sources of other types, and with more settings, show. */
export const OTHER_SOURCES = [
  { ...SOURCE_EXAMPLE, signature: { type: 'github' }, response: { status: 204 } },
  { ...ANY_SOURCE, type: 'timer', interval_seconds: 60, channel: 'tick' },
  { ...ANY_SOURCE, type: 'timer', cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' },
  { ...ANY_SOURCE, type: 'rss', url: 'https://example.com/feed.xml', dedupe: 'unique', dedupe_id: '/id' },
  { ...ANY_SOURCE, type: 'nats', subject: 'sensors.>', damaged: true },
];

export const FAILED_SOURCE = {
  ...SOURCE_EXAMPLE,
  last_error: { message: 'The feed answers 404.', at: '2026-01-31T12:00:00.000Z' },
};

export const STREAM_EXAMPLE = {
  id: WORKFLOW,
  name: 'orders',
  kind: 'workflow',
  type: 'workflow',
  visibility: 'public',
  active: true,
  history: { max_events: 100, max_age_s: null },
  sse_url: `${BASE}/pipelines/${WORKFLOW}/sse`,
  nats_subject: `publish.default.${WORKFLOW}`,
  event_count: 42,
  subscribers: 3,
  ...TIMES,
};

const EVENT = '3af5f042b998-140';

export const HISTORY_EXAMPLE = {
  page_info: { total_count: 42, count: 1, start_cursor: EVENT, end_cursor: EVENT },
  data: [{ id: EVENT, ts: 1_769_860_800_000, channel: 'prices', payload: { EUR: 1.07 } }],
};

export const SUMMARIES_EXAMPLE = {
  page_info: HISTORY_EXAMPLE.page_info,
  data: [{ id: EVENT, indexed_at_ms: 1_769_860_800_000, metadata: { emit_id: EVENT }, event: { EUR: 1.07 } }],
};

export const STORED_EXAMPLE = { events: [{ id: EVENT, duplicate: false }] };
