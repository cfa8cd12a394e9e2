import { describe, expect, it } from '@jest/globals';
import { historyQuery } from './history-query.js';

const EPOCH = '3af5f042b998';

describe('historyQuery', () => {
  it('asks for ten events of all channels, the newest, where nothing is said', () => {
    expect(historyQuery({})).toEqual({
      limit: 10,
      beforeSeq: undefined,
      afterSeq: undefined,
      channel: undefined,
    });
  });

  it('takes each parameter', () => {
    expect(historyQuery({ limit: '100', after: `${EPOCH}-7`, channel: 'news', expand: 'event' })).toEqual({
      limit: 100,
      beforeSeq: undefined,
      afterSeq: 7,
      channel: 'news',
    });
    expect(historyQuery({ limit: '1', before: `${EPOCH}-7` })).toMatchObject({ limit: 1, beforeSeq: 7 });
  });

  it.each([
    [{ limit: '0' }, 'limit'],
    [{ limit: '101' }, 'limit'],
    [{ limit: '1e1' }, 'limit'],
    [{ limit: ['1', '2'] }, 'limit'],
    [{ before: 'yesterday' }, 'before'],
    [{ after: `${EPOCH}-1`, before: `${EPOCH}-9` }, 'before'],
    [{ channel: 'runnel.gap' }, 'channel'],
    [{ expand: 'all' }, 'expand'],
  ])('refuses %j', (query, field) => {
    expect(() => historyQuery(query)).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ field })] }),
    );
  });

  it('refuses what it does not know', () => {
    expect(() => historyQuery({ offset: '5' })).toThrow(
      expect.objectContaining({ code: 'malformed-request' }),
    );
  });
});
