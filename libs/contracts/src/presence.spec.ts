import { describe, expect, it } from '@jest/globals';
import { newStreamId } from './ids.js';
import { isPresenceSubject, presenceSubject, presenceSubjectsOf } from './presence.js';

describe('the subjects on which it is told whether a stream has subscribers', () => {
  const ref = { workspace: 'ws_1', stream: newStreamId('source') };

  it('name one stream, or all of a workspace', () => {
    expect(presenceSubject(ref)).toBe(`presence.ws_1.${ref.stream}`);
    expect(presenceSubjectsOf('default')).toBe('presence.default.*');
    expect(isPresenceSubject(presenceSubject(ref))).toBe(true);
  });

  it.each(['presence.a', 'presence.a.b.c', 'presence.a.*', 'presence.>', 'publish.a.b', 'presence.a.b c'])(
    'are not these: %s',
    (subject) => expect(isPresenceSubject(subject)).toBe(false),
  );

  it('can never be widened by an id', () => {
    for (const id of ['', '*', '>', 'a.b', 'a b', 'a\r\nPUB x 1']) {
      expect(() => presenceSubject({ ...ref, stream: id })).toThrow(TypeError);
      expect(() => presenceSubjectsOf(id)).toThrow(TypeError);
    }
  });
});
