import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import { harness } from '../fixtures/harness.js';
import { outputTo } from '../output-to.js';
import { run } from '../run.js';

const here = harness();

function filled(count: number, name = 'news') {
  const stream = here.service.stream(name);
  for (let n = 1; n <= count; n += 1) stream.append(String(n), 'c');
  return stream;
}

const printed = (...lines: unknown[]) =>
  eventually(`${lines.join(' ')} printed, and not ${here.io.stdout.lines.join(' ')}`, () => {
    return here.io.stdout.text === lines.map((line) => `${line}\n`).join('');
  });

describe('runnel events', () => {
  it.each([false, true])('prints the last 10, one a line (history endpoint: %p)', async (hasHistory) => {
    here.service.hasHistory = hasHistory;
    filled(12);
    expect(await here.runnel('events news')).toBe(0);
    expect(here.io.stdout.lines).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12']);
    expect(here.io.stderr.text).toBe('');
  });

  it('asks the history endpoint for as many as are wanted', async () => {
    here.service.hasHistory = true;
    const { id } = filled(1).view;
    await here.runnel('events -n 7 news');
    expect(here.service.calls.at(-1)?.path).toBe(`/v1/streams/${id}/events?limit=7`);
  });

  it('prints fewer than were asked for when there are fewer', async () => {
    filled(3);
    expect(await here.runnel('events -n 100 news')).toBe(0);
    expect(here.io.stdout.lines).toEqual(['1', '2', '3']);
  });

  it('does not wait for events that are counted and never come', async () => {
    const stream = filled(3);
    stream.listen = (request, response) => {
      stream.events.pop();
      Object.getPrototypeOf(stream).listen.call(stream, request, response);
    };
    expect(await here.runnel('events news')).toBe(0);
    expect(here.io.stdout.lines).toEqual(['1', '2']);
  });

  it('prints nothing of an empty stream', async () => {
    filled(0);
    expect(await here.runnel('events news')).toBe(0);
    expect(here.io.stdout.text).toBe('');
  });

  it('prints whole events with --json', async () => {
    const stream = here.service.stream('hook', 'source');
    stream.append('{"a":1}');
    stream.append('"x"', 'b');
    await here.runnel('events --json hook');
    expect(here.io.stdout.lines).toEqual([
      '{"id":"e1-1","payload":{"a":1}}',
      '{"id":"e1-2","channel":"b","payload":"x"}',
    ]);
  });

  it('follows with -f, from now on, until Ctrl-C, and exits 0', async () => {
    const stream = filled(3);
    const exit = here.runnel('events -f news');
    await eventually('a listener with a cursor', () => stream.listeners === 1 && listenedFrom('e1-3'));
    stream.append('4');
    await printed(4);
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('prints history and then live events with -n and -f', async () => {
    const stream = filled(9);
    const exit = here.runnel('events -n 2 -f news');
    await printed(8, 9);
    stream.append('10');
    await printed(8, 9, 10);
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('follows an empty stream from its first event', async () => {
    const stream = filled(0);
    const exit = here.runnel('events -f news');
    await eventually('a listener', () => stream.listeners === 1);
    stream.append('1');
    await printed(1);
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('resumes by itself, tells of it on standard error, and neither loses nor repeats an event', async () => {
    const stream = filled(1);
    const exit = here.runnel('events -n 1 -f news');
    await printed(1);
    await eventually('a listener', () => stream.listeners === 1);
    const { port } = here.service;
    await here.service.stop();
    stream.append('2');
    await eventually('a note', () => here.io.stderr.text.includes('Reconnecting'));
    await here.service.listen(port);
    await printed(1, 2);
    expect(here.io.stderr.lines.at(-1)).toBe('Connected again.');
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('tells of a gap on standard error and goes on', async () => {
    const stream = filled(1);
    const exit = here.runnel('events -n 1 -f news');
    await printed(1);
    await eventually('a listener', () => stream.listeners === 1 && listenedFrom('e1-1'));
    stream.cut();
    stream.epoch = 'e2';
    stream.events.length = 0;
    stream.append('2');
    await printed(1, 2);
    expect(here.io.stderr.text).toContain('Events after e1-1 are missing');
    here.io.interrupt();
    expect(await exit).toBe(0);
  });

  it('exits 1 with the reason when the stream is closed for good', async () => {
    const stream = filled(1);
    const exit = here.runnel('events -n 1 -f news');
    await eventually('a listener', () => stream.listeners === 1 && listenedFrom('e1-1'));
    here.service.streams.length = 0;
    stream.close('stream-deleted');
    expect(await exit).toBe(1);
    expect(here.io.stderr.text).toContain('error: The stream was deleted.\n');
  });

  it('reads a public stream that the API does not show, by its id and without a key', async () => {
    const { id } = filled(2).view;
    here.io.env.RUNNEL_API_KEY = '';
    expect(await here.runnel(`events -n 2 ${id}`)).toBe(0);
    expect(here.io.stdout.lines).toEqual(['1', '2']);
  });

  it('ends quietly with 0 when its reader has gone', async () => {
    const stream = filled(3);
    const head = spawn('head', ['-n', '2'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let seen = '';
    head.stdout.on('data', (chunk: Buffer) => {
      seen += chunk;
    });
    const io = Object.assign(Object.create(here.io), { stdout: outputTo(head.stdin) });
    const exit = run(['events', '-n', '3', '-f', 'news'], io);
    await once(head, 'exit');
    await eventually('a listener', () => stream.listeners === 1);
    stream.append('4');
    expect(await exit).toBe(0);
    expect(seen).toBe('1\n2\n');
    expect(here.io.stderr.text).toBe('');
  });

  it.each(['-1', '101', '1.5', 'x', ''])('refuses -n %p', async (count) => {
    expect(await here.runnel('events news -n', count)).toBe(2);
    expect(here.service.calls).toEqual([]);
  });

  function listenedFrom(cursor: string): boolean {
    return here.service.cursors.includes(cursor);
  }
});
