import { describe, expect, it } from '@jest/globals';
import { MAX_PAYLOAD_BYTES } from '#libs/contracts';
import { eventPayload } from '../emit/event-payload.js';
import { itemEvent } from './item-event.js';

const item = {
  id: 'urn:1',
  title: 'A title',
  link: 'https://example.com/1',
  published: '2026-01-01T00:00:00.000Z',
  feed: { title: 'A feed' },
};

describe('itemEvent', () => {
  it('is the item as it is', () => {
    expect(itemEvent(item)).toBe(item);
  });

  it.each([
    ['content', { content: 'x'.repeat(MAX_PAYLOAD_BYTES) }],
    ['text of wide characters', { summary: '\u20ac'.repeat(MAX_PAYLOAD_BYTES / 2) }],
    [
      'everything',
      { title: 'x'.repeat(1e6), categories: ['x'.repeat(1e6)], feed: { title: 'x'.repeat(1e6) } },
    ],
    ['an id', { id: 'x'.repeat(1e6) }],
  ])('is shortened until it fits, and says so: %s', (_what, large) => {
    const event = itemEvent({ ...item, ...large });
    expect(eventPayload(event).length).toBeLessThan(MAX_PAYLOAD_BYTES);
    expect(event).toMatchObject({ truncated: true, link: item.link, published: item.published });
  });
});
