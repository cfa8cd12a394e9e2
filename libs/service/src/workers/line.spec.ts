import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Line } from './line.js';

/** Answers every question with what was asked. */
const PROGRAM = "process.on('message', ({ ask, id }) => process.send({ answer: ask, id }))";

let child: ChildProcess;
let failures: Error[];
let line: Line;

beforeEach(() => {
  failures = [];
  child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  // What nobody hears of this would end the process.
  child.on('error', (error) => failures.push(error));
  line = new Line(child, { onQuestion: async () => undefined, onNews: () => {} });
});
afterEach(() => {
  child.kill('SIGKILL');
});

describe('a line to another process', () => {
  it('brings questions there and answers back', async () => {
    expect(await Promise.all([line.ask('alive'), line.ask('metrics')])).toEqual(['alive', 'metrics']);
  });

  it('says nothing to one that has gone, and harms nobody by that', async () => {
    await line.ask('alive');
    child.kill('SIGKILL');
    // Comes before its exit.
    await once(child, 'disconnect');
    line.tell({ news: 'stop' });
    const answer = line.ask('alive');
    await setImmediate();
    line.close();
    expect(await answer).toBeUndefined();
    expect(failures).toEqual([]);
  });
});
