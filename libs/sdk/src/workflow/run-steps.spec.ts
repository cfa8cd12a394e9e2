import { describe, expect, it, jest } from '@jest/globals';
import { defineComponent } from './define-component.js';
import { StepError, WorkflowError } from './errors.js';
import { namedSteps } from './named-steps.js';
import { type FinishedRun, runSteps, type StepsOptions } from './run-steps.js';
import type { Workflow } from './run-workflow.js';

const run = (workflow: Workflow, options: Partial<StepsOptions> = {}) =>
  runSteps(namedSteps(workflow), { workflow: 'p_1', ...options });
const failureOf = (running: Promise<unknown>) =>
  running.then(() => undefined).catch((error: unknown) => error);
const sent = ({ events }: FinishedRun) => events.map(({ channel, payload }) => [channel, payload]);

describe('a run', () => {
  it('gives a step the event that set it off', async () => {
    const echo = defineComponent({ run: ({ steps }) => steps.trigger.event });
    expect((await run(echo, { event: { name: 'Bern' } })).returnValue).toEqual({ name: 'Bern' });
    expect((await run(echo)).returnValue).toEqual({});
  });

  it('says in $.context and in the trigger which run it is, when, and of what', async () => {
    const { steps, returnValue } = await run({ run: ({ $ }) => $.context }, { runId: 'run-1' });
    expect(returnValue).toEqual({
      id: 'run-1',
      ts: expect.stringMatching(/^\d{4}-.*Z$/),
      workflow_id: 'p_1',
    });
    expect(steps.trigger.context).toEqual(returnValue);
  });

  it('hands on what steps return and export', async () => {
    const { steps, returnValue } = await run({
      code: defineComponent({
        async run({ $ }) {
          $.export('city', { name: 'Bern' });
          return [1, 2];
        },
      }),
      silent: { run: () => {} },
      last: defineComponent({
        run: ({ steps: past }) => [past.code?.$return_value, past.code?.city, past.silent],
      }),
    });
    expect(returnValue).toEqual([[1, 2], { name: 'Bern' }, {}]);
    expect(steps).toMatchObject({
      code: { $return_value: [1, 2], city: { name: 'Bern' } },
      silent: {},
    });
  });

  it('hands on copies: what a step does to what it was given stays with it', async () => {
    const { returnValue } = await run([
      { run: () => ({ names: ['Ada'] }) },
      {
        run: ({ steps }) =>
          void (steps.code as { $return_value: { names: string[] } }).$return_value.names.push('Grace'),
      },
      { run: ({ steps }) => steps.code?.$return_value },
    ]);
    expect(returnValue).toEqual({ names: ['Ada'] });
  });

  it('gives this the values of the props and the methods', async () => {
    const greet = defineComponent({
      props: { reader: { type: 'string', default: 'Ada' } },
      methods: { greeting: (name: string) => `Hello ${name}` },
      run() {
        return this.greeting(this.reader);
      },
    });
    expect((await run(greet)).returnValue).toBe('Hello Ada');
    expect((await run(greet, { props: { reader: 'Margaret' } })).returnValue).toBe('Hello Margaret');
  });

  it('collects the events of all steps in call order', async () => {
    const finished = await run([
      {
        run({ $ }) {
          for (const name of ['Ada', 'Grace']) $.send.sse({ channel: 'names', payload: { name } });
        },
      },
      {
        async run({ $ }) {
          const { sse } = $.send;
          await sse({ channel: 'done', payload: true });
        },
      },
    ]);
    expect(sent(finished)).toEqual([
      ['names', { name: 'Ada' }],
      ['names', { name: 'Grace' }],
      ['done', true],
    ]);
  });
});

describe('$.flow.exit', () => {
  it('ends the run after its step, and keeps what was collected', async () => {
    const after = jest.fn();
    const finished = await run([
      {
        run({ $ }) {
          $.send.sse({ channel: 'a', payload: 1 });
          $.flow.exit('enough');
          $.send.sse({ channel: 'a', payload: 2 });
        },
      },
      { run: after },
    ]);
    expect(sent(finished)).toEqual([
      ['a', 1],
      ['a', 2],
    ]);
    expect(finished.exit).toEqual({ reason: 'enough' });
    expect(after).not.toHaveBeenCalled();
  });

  it('leaves the step at once where its value is returned', async () => {
    const finished = await run({
      run({ steps, $ }) {
        if (steps.code === undefined) return $.flow.exit();
        $.send.sse({ channel: 'a', payload: 1 });
      },
    });
    expect(finished).toMatchObject({ events: [], exit: { reason: undefined }, returnValue: undefined });
  });
});

describe('a run that cannot go on', () => {
  it('says which step threw, with what it threw', async () => {
    const boom = new RangeError('boom');
    const third = jest.fn();
    const error = await failureOf(
      run({
        first: { run: () => 1 },
        second: {
          run() {
            throw boom;
          },
        },
        third: { run: third },
      }),
    );
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({
      code: 'step-failed',
      step: 'second',
      message: 'The step "second" failed: boom',
    });
    expect((error as StepError).cause).toBe(boom);
    expect(third).not.toHaveBeenCalled();
  });

  it.each([
    ['returns', () => 1n, 'The return value cannot be written as JSON: it holds a BigInt.'],
    ['rejects with', () => Promise.reject('no error'), 'no error'],
  ])('is one whose step %s what it must not', async (_what, body, message) => {
    expect(await failureOf(run({ run: body }))).toMatchObject({
      message: `The step "code" failed: ${message}`,
    });
  });

  it.each([
    ['$.send.http', ({ send }: never) => (send as { http(): void }).http()],
    ['$.flow.delay', ({ flow }: never) => (flow as { delay(): void }).delay()],
    ['$.respond', ($: never) => ($ as { respond(): void }).respond()],
  ])('is one that calls %s, which only Pipedream has', async (name, call) => {
    expect(await failureOf(run({ run: ({ $ }) => call($ as never) }))).toMatchObject({
      message: `The step "code" failed: Runnel has no ${name}. Steps can use $.send.sse, $.export and $.flow.exit.`,
    });
  });

  it('takes no events of code that was not awaited', async () => {
    let late = () => {};
    await run({
      run({ $ }) {
        late = () => $.send.sse({ channel: 'a', payload: 1 });
      },
    });
    expect(late).toThrow('after the run had finished');
  });
});

describe('a run that cannot begin', () => {
  const body = jest.fn(() => 1);

  it.each([
    ['a prop without a value', { run: body, props: { name: { type: 'string' } } }, {}],
    ['a value for no prop', { run: body }, { props: { name: 'x' } }],
    ['an event that is no JSON', { run: body }, { event: { n: 1n } }],
    ['a run id that no header can hold', { run: body }, { runId: 'a\nb' }],
    ['a run id that is too long', { run: body }, { runId: 'x'.repeat(121) }],
  ])('is refused whole: %s', async (_what, component, options) => {
    const first = { run: body };
    expect(await failureOf(run([first, component], options))).toBeInstanceOf(WorkflowError);
    expect(body).not.toHaveBeenCalled();
  });
});
