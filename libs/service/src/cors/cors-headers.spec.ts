import { describe, expect, it } from '@jest/globals';
import { corsHeadersFor, corsPreflightHeadersFor } from './cors-headers.js';

const ORIGIN = 'https://app.example.com';
const PRIVATE = { origins: [ORIGIN], publicResource: false };
const PUBLIC = { origins: [ORIGIN], publicResource: true };

describe('corsHeadersFor', () => {
  it.each([ORIGIN, 'https://elsewhere.example', 'null', undefined])(
    'lets %s read a public resource',
    (origin) => {
      const headers = corsHeadersFor(origin, PUBLIC);
      expect(headers['Access-Control-Allow-Origin']).toBe('*');
      expect(headers).not.toHaveProperty('Access-Control-Allow-Credentials');
      expect(headers).not.toHaveProperty('Vary');
    },
  );

  it('lets a configured origin use a private resource with credentials', () => {
    expect(corsHeadersFor(ORIGIN, PRIVATE)).toMatchObject({
      'Access-Control-Allow-Origin': ORIGIN,
      'Access-Control-Allow-Credentials': 'true',
      Vary: 'Origin',
    });
  });

  it.each([
    'https://elsewhere.example',
    `${ORIGIN}.evil.example`,
    `${ORIGIN}/`,
    ORIGIN.toUpperCase(),
    'null',
    undefined,
  ])('gives %s nothing of a private resource', (origin) => {
    expect(corsHeadersFor(origin, PRIVATE)).toEqual({ Vary: 'Origin' });
  });

  it('does not vary when no origin is configured', () => {
    expect(corsHeadersFor(ORIGIN, { origins: [], publicResource: false })).toEqual({});
  });
});

describe('corsPreflightHeadersFor', () => {
  it('allows the headers that Runnel reads, for ten minutes', () => {
    expect(corsPreflightHeadersFor('null', PUBLIC)).toMatchObject({
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'Access-Control-Allow-Headers':
        'Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Cache-Control, X-Request-Id',
      'Access-Control-Max-Age': '600',
    });
  });

  it('tells an origin that is not allowed nothing', () => {
    expect(corsPreflightHeadersFor('https://elsewhere.example', PRIVATE)).toEqual({ Vary: 'Origin' });
  });
});
