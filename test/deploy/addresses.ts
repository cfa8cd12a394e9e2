/** Which service each address belongs to. */
export const OWNERS = {
  '/v1/keys': 'auth',
  '/v1/keys/k1/rotate': 'auth',
  '/v1/tickets': 'auth',
  '/v1/workspaces': 'auth',
  '/.well-known/jwks.json': 'auth',
  '/v1/keysmith': 'ingest',
  '/v1/streams/p_1/events': 'ingest',
  '/v1/sources': 'ingest',
  '/sources/dc_1/logs/sse': 'ingest',
  '/hooks/token': 'ingest',
  '/pipelines/p_1/sse': 'gateway',
  '/sources/dc_1/sse': 'gateway',
  '/sse/dc/dc_1/emits': 'gateway',
  '/v1/sse': 'gateway',
} as const;
