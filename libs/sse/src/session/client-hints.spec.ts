import { describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection.js';
import { clientHints } from './client-hints.js';

describe('clientHints', () => {
  it.each([
    ['/', {}, ''],
    ['/sse', { 'last-event-id': 'h' }, 'h'],
    ['/sse?lastEventId=q', { 'last-event-id': 'h' }, 'h'],
    ['/sse?lastEventId=q', { 'last-event-id': '' }, 'q'],
    ['/sse?a=1&lastEventId=q%201', {}, 'q 1'],
    ['/sse?evs_last_event_id=e', {}, 'e'],
    ['http://host/sse?lastEventId=q#fragment', {}, 'q'],
    ['//%?%&lastEventId=q', {}, 'q'],
  ])('finds the last event id of %s with %j', (url, headers, id) => {
    expect(clientHints(new FakeConnection(url, headers)).lastEventId).toBe(id);
  });

  it.each(['a%0Ab', 'a%0Db', 'a%00b'])('takes no id that could not be sent back: %s', (id) => {
    expect(clientHints(new FakeConnection(`/?lastEventId=${id}`)).lastEventId).toBe('');
  });

  it('pads for the polyfills that ask for it', () => {
    expect(clientHints(new FakeConnection('/')).padding).toBeUndefined();
    expect(clientHints(new FakeConnection('/?padding=true')).padding?.toString()).toBe(
      `:${' '.repeat(2049)}\n\n`,
    );
    expect(clientHints(new FakeConnection('/?evs_preamble=1')).padding).toHaveLength(2059);
  });
});
