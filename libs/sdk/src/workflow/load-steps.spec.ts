import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StepError, WorkflowError } from './errors.js';
import { loadSteps } from './load-steps.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'runnel-steps-'));
});
afterEach(() => rm(directory, { recursive: true }));

const fileWith = async (fileName: string, code: string) => {
  const path = join(directory, fileName);
  await writeFile(path, code);
  return pathToFileURL(path).href;
};
const failureOf = (loading: Promise<unknown>) =>
  loading.then(() => undefined).catch((error: unknown) => error);
const names = async (...files: Parameters<typeof loadSteps>[0]) =>
  (await loadSteps(files)).map(({ name }) => name);

describe('loadSteps', () => {
  it('takes a file as Pipedream has it, which imports nothing', async () => {
    const url = await fileWith('send-names.mjs', 'export default defineComponent({ run: () => 1 });');
    const [step] = await loadSteps([{ url }]);
    expect(step?.name).toBe('send_names');
    expect(step?.component.run({} as never)).toBe(1);
  });

  it('takes several files in their order, and several steps of one file', async () => {
    const one = await fileWith('one.mjs', 'export default { run() {} };');
    const many = await fileWith('many.mjs', 'export default [{ run() {} }, { run() {} }];');
    const named = await fileWith('named.mjs', 'export default { send: { run() {} }, log: { run() {} } };');
    expect(await names({ url: many }, { url: one, name: 'first' }, { url: named })).toEqual([
      'many',
      'many_1',
      'first',
      'send',
      'log',
    ]);
  });

  it('says that a file has no default export', async () => {
    const url = await fileWith('step.mjs', 'export const step = 1;');
    expect(await failureOf(loadSteps([{ url }]))).toEqual(
      new WorkflowError('step.mjs has no default export. A step is "export default defineComponent({ … })".'),
    );
  });

  it('says that a file holds no step', async () => {
    const url = await fileWith('step.mjs', 'export default { type: "source", run() {} };');
    expect(await failureOf(loadSteps([{ url }]))).toMatchObject({
      message: 'The step "step" is an event source. Only actions and code steps can be run.',
    });
  });

  it('keeps what a file threw while it was loaded', async () => {
    const url = await fileWith('step.mjs', 'throw new RangeError("too far");');
    const error = await failureOf(loadSteps([{ url }]));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ message: 'The step "step" could not be loaded: too far', step: 'step' });
  });

  it.each(['step.py', 'step', 'step.json'])('refuses %s, which is no JavaScript', async (fileName) => {
    expect(await failureOf(loadSteps([{ url: `file:///${fileName}` }]))).toEqual(
      new WorkflowError(`${fileName} is no JavaScript: its name must end with .mjs or .js.`),
    );
  });
});
