import { beforeEach, describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';

const here = harness();
beforeEach(() => void here.service.stream('news'));
const bodies = () => here.service.calls.map(({ body }) => body);

describe('runnel publish', () => {
  it('publishes the argument and prints the id of the event', async () => {
    expect(await here.runnel('publish news --channel a', '{"x":[1]}')).toBe(0);
    expect(bodies()).toEqual([{ channel: 'a', payload: { x: [1] } }]);
    expect(here.io.stdout.text).toBe('e1-1\n');
  });

  it.each([[['-']], [[]]])('publishes what comes on standard input with the arguments %j', async (more) => {
    here.io.input = ['{"x":', '"ä"}\n'];
    expect(await here.runnel('publish news --channel a', ...more)).toBe(0);
    expect(bodies()).toEqual([{ channel: 'a', payload: { x: 'ä' } }]);
  });

  it('refuses what is not JSON, and shows how to quote a string', async () => {
    expect(await here.runnel('publish news --channel a', 'it is "so"')).toBe(2);
    expect(here.io.stderr.text).toContain(`A string needs its quotes: '"it is \\"so\\""'`);
    expect(here.service.calls).toEqual([]);
  });

  it('publishes payloads line by line with --ndjson and a channel', async () => {
    here.io.input = ['1\n2\n\n', '"th', 'ree"\r\n4'];
    expect(await here.runnel('publish news --ndjson --channel a --json')).toBe(0);
    expect(bodies().flat()).toEqual([1, 2, 'three', 4].map((payload) => ({ channel: 'a', payload })));
    expect(here.io.stdout.lines.map((line) => JSON.parse(line))).toEqual(
      ['e1-1', 'e1-2', 'e1-3', 'e1-4'].map((id) => ({ id, duplicate: false })),
    );
  });

  it('publishes whole events line by line with --ndjson alone', async () => {
    here.io.input = ['{"channel":"a","payload":1}\n{"channel":"b","payload":2,"id":"k"}\n'];
    expect(await here.runnel('publish news --ndjson')).toBe(0);
    expect(bodies()).toEqual([
      [
        { channel: 'a', payload: 1 },
        { channel: 'b', payload: 2, id: 'k' },
      ],
    ]);
  });

  it('sends no more in one request than the contract allows', async () => {
    here.io.input = ['1\n'.repeat(2_500)];
    expect(await here.runnel('publish news --ndjson --channel a')).toBe(0);
    expect(bodies().map((body) => (body as unknown[]).length)).toEqual([1_000, 1_000, 500]);
    expect(here.io.stdout.lines).toHaveLength(2_500);
  });

  it('stops at the first line that is not JSON, and says which and what was stored before', async () => {
    here.io.input = ['1\n2\n', '3\nx\n', '5\n'];
    expect(await here.runnel('publish news --ndjson --channel a')).toBe(2);
    expect(here.io.stderr.text).toBe('2 events were stored.\nerror: Line 4 is not JSON.\n');
    expect(here.service.calls).toHaveLength(1);
  });

  it('stops at the first batch that is refused, and says where it begins', async () => {
    here.io.input = ['{"channel":"a","payload":1}\n', '{"payload":2}\n'];
    expect(await here.runnel('publish news --ndjson')).toBe(1);
    expect(here.io.stderr.text).toBe(
      [
        '1 events were stored; the batch that begins at line 2 was refused.',
        'error: It is malformed-request.',
        '  events[0].channel: is required',
        '',
      ].join('\n'),
    );
  });

  it('refuses an argument beside --ndjson', async () => {
    expect(await here.runnel('publish news 1 --ndjson')).toBe(2);
  });

  it('tries again while the outcome is unknown', async () => {
    here.service.nextRefusals.push([503, 'outcome-unknown']);
    expect(await here.runnel('publish news --channel a 1')).toBe(0);
    expect(here.service.calls).toHaveLength(2);
  });
});
