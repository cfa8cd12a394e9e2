import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RunnelClient } from '../client/runnel-client.js';
import { defineComponent } from './define-component.js';
import { StepError } from './errors.js';
import { PublishStandIn } from './fixtures/publish-stand-in.js';
import { runWorkflow } from './run-workflow.js';

let service: PublishStandIn;
beforeEach(async () => {
  service = await PublishStandIn.start();
});
afterEach(() => service.stop());

const destination = () => ({ client: new RunnelClient({ baseUrl: service.url }), workflow: 'p_names' });

it('sends what a component collects in a loop, as one batch, after it has finished', async () => {
  let requestsDuringRun = -1;
  const component = defineComponent({
    async run({ $ }) {
      for (const name of ['Ada', 'Grace', 'Margaret', 'Hedy']) {
        $.send.sse({ channel: 'names', payload: { name } });
        await new Promise((resolve) => setImmediate(resolve));
      }
      requestsDuringRun = service.requests.length;
      return 'sent';
    },
  });
  const run = await runWorkflow(component, destination());
  expect(requestsDuringRun).toBe(0);
  expect(service.requests.map(({ path, key }) => [path, key])).toEqual([
    ['/v1/streams/p_names/events', `${run.runId}.0`],
  ]);
  expect(service.stored).toEqual(
    ['Ada', 'Grace', 'Margaret', 'Hedy'].map((name) => ({ channel: 'names', payload: { name } })),
  );
  expect(run).toMatchObject({
    returnValue: 'sent',
    exit: undefined,
    steps: { code: { $return_value: 'sent' } },
  });
  expect(run.sent).toHaveLength(4);
});

it('sends nothing of a run that throws, whatever it has collected', async () => {
  const boom = defineComponent({
    async run({ $ }) {
      $.send.sse({ channel: 'names', payload: 1 });
      throw new Error('boom');
    },
  });
  const greet = defineComponent({ run: ({ $ }) => $.send.sse({ channel: 'names', payload: 2 }) });
  await expect(runWorkflow([greet, boom], destination())).rejects.toThrow(StepError);
  expect(service.requests).toEqual([]);
});

it('sends what was collected before $.flow.exit', async () => {
  const leave = defineComponent({
    run({ $ }) {
      $.send.sse({ channel: 'names', payload: 'Ada' });
      return $.flow.exit('nobody else');
    },
  });
  const { exit } = await runWorkflow([leave, leave], destination());
  expect(exit).toEqual({ reason: 'nobody else' });
  expect(service.stored).toEqual([{ channel: 'names', payload: 'Ada' }]);
});

it('makes each run a new one, unless it is told which one it is', async () => {
  const greet = defineComponent({ run: ({ $ }) => $.send.sse({ channel: 'names', payload: 'Ada' }) });
  for (const runId of [undefined, undefined, 'order-7', 'order-7']) {
    await runWorkflow(greet, { ...destination(), runId });
  }
  expect(new Set(service.requests.map(({ key }) => key)).size).toBe(3);
  expect(service.stored).toHaveLength(3);
});
