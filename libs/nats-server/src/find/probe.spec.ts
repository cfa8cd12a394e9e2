import { afterAll, describe, expect, it } from '@jest/globals';
import { fakeServer, TestMachine } from '../fixtures/test-machine.js';
import { probe } from './probe.js';

describe('probe', () => {
  const machine = new TestMachine();
  afterAll(() => machine.remove());

  it('tells the version of a binary that runs', async () => {
    const path = await machine.executable('good', fakeServer('2.15.1'));
    expect(await probe(path)).toEqual({ version: '2.15.1' });
  });

  it('tells that a binary is too old', async () => {
    const path = await machine.executable('old', fakeServer('2.9.10'));
    expect(await probe(path)).toEqual({ fault: 'is version 2.9.10, and 2.12.0 or newer is needed' });
  });

  it.each([
    ['a file that is not there', undefined, 0, /does not exist/],
    ['a file without the permission to run', fakeServer('2.15.1'), 0o644, /may not be executed/],
    ['a binary of another kind of machine', '\x7fELF rubbish', 0o755, /cannot be run|exits with/],
    ['a program that fails', '#!/bin/sh\nexit 3\n', 0o755, /exits with 3/],
    ['some other program', '#!/bin/sh\necho hello\n', 0o755, /does not answer --version/],
  ])('finds fault with %s', async (name, content, mode, fault) => {
    const path = machine.at(name);
    if (content !== undefined) await machine.file(name, content, mode);
    expect(await probe(path)).toEqual({ fault: expect.stringMatching(fault) });
  });
});
