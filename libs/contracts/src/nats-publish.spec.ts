import { describe, expect, it } from '@jest/globals';
import { newStreamId } from './ids.js';
import { inboxPrefixOf, publishSubject, publishSubjectsOf, streamOfSubject } from './nats-publish.js';

describe('the subjects that publishers use', () => {
  const ref = { workspace: 'ws_1', stream: newStreamId('workflow') };

  it('name one stream, or all of a workspace', () => {
    expect(publishSubject(ref)).toBe(`publish.ws_1.${ref.stream}`);
    expect(publishSubjectsOf('default')).toBe('publish.default.*');
    expect(streamOfSubject(publishSubject(ref))).toEqual(ref);
  });

  it.each([
    'publish.a',
    'publish.a.b.c',
    'publish.a.*',
    'publish.>',
    'events.a.b',
    'publish.a.b c',
    'xpublish.a.b',
  ])('are not these: %s', (subject) => expect(streamOfSubject(subject)).toBeUndefined());

  it('can never be widened by an id', () => {
    for (const id of ['', '*', '>', 'a.b', 'a b', 'a\r\nPUB x 1']) {
      expect(() => publishSubject({ ...ref, stream: id })).toThrow(TypeError);
      expect(() => publishSubjectsOf(id)).toThrow(TypeError);
      expect(() => inboxPrefixOf(id)).toThrow(TypeError);
    }
  });
});
