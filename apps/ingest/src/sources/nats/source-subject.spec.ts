import { describe, expect, it } from '@jest/globals';
import { subjectFault } from './source-subject.js';

describe('subjectFault', () => {
  it.each(['orders', 'orders.paid', 'orders.*', 'orders.>', 'orders.*.paid.>', 'eventsource.x', 'a-b_c/d.é'])(
    'lets a source listen to %s',
    (subject) => expect(subjectFault(subject)).toBeUndefined(),
  );

  it.each([
    ['everything', '>'],
    ['everything of one token', '*'],
    ["what may be anybody's", '*.logs.>'],
    ['events as they are stored', 'events.>'],
    ["one stream's events", 'events.0.default.dc_1'],
    ['live events', 'live.*.*'],
    ['what others publish', 'publish.default.*'],
    ['who listens to what', 'presence.>'],
    ['the calls of Runnel', 'auth.decide'],
    ['all of auth', 'auth'],
    ['the news of Runnel', 'runnel.>'],
    ['JetStream', '$JS.API.>'],
    ['KV', '$KV.RUNNEL_CATALOGUE.>'],
    ['the system', '$SYS.>'],
    ['replies', '_INBOX.>'],
    ['replies to services', '_R_.x'],
  ])('does not let it listen to %s: %s', (_what, subject) => {
    expect(subjectFault(subject)).toEqual(expect.any(String));
  });

  it.each([
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a.>.b',
    'a.b*',
    'a.>b',
    'a b',
    'a\tb',
    'a\u0000',
    'a\r\nPUB x',
    'x'.repeat(257),
  ])('refuses %j, which is no subject', (subject) =>
    expect(subjectFault(subject)).toEqual(expect.any(String)),
  );
});
