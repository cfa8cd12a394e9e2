import { MAX_IDEMPOTENCY_KEY_LENGTH, randomBase62 } from '#libs/contracts';
import { dollarFor } from './dollar.js';
import { StepError, WorkflowError } from './errors.js';
import { jsonCopy } from './json-copy.js';
import { type NamedStep, refuseSameNames } from './named-steps.js';
import { type CollectedEvent, Outbox } from './outbox.js';
import { type GivenProps, refuseUnknownProps, stepInstance } from './step-instance.js';
import type { RunContext, StepExports, Steps } from './steps.js';

/** Characters of a run id: room is left for the batch's number in the idempotency key. */
const MAX_RUN_ID_LENGTH = MAX_IDEMPOTENCY_KEY_LENGTH - 8;

export interface StepsOptions {
  /** Id or name of the workflow, for `$.context`. */
  readonly workflow: string;
  /** `steps.trigger.event`, a JSON value. Left out: an empty object. */
  readonly event?: unknown;
  /** Left out: every prop has its default. */
  readonly props?: GivenProps | undefined;
  /**
   * 1 to 120 printable ASCII characters. Two runs with the same id that send the same, within two minutes, store
   * once. Left out: a new one.
   */
  readonly runId?: string | undefined;
}

/** A run whose events have not been sent yet. */
export interface FinishedRun {
  readonly runId: string;
  /** What a step after the last would be given. */
  readonly steps: Steps;
  /** Of the last step that ran, as JSON has it; undefined when it returned nothing. */
  readonly returnValue: unknown;
  /** Whether a step called `$.flow.exit`, and what it said. */
  readonly exit: { readonly reason: string | undefined } | undefined;
  /** In call order. */
  readonly events: readonly CollectedEvent[];
}

/**
 * Runs the steps one after the other and collects their events.
 *
 * @throws WorkflowError before anything has run, StepError for the first step that throws
 */
export async function runSteps(steps: readonly NamedStep[], options: StepsOptions): Promise<FinishedRun> {
  const { event = {}, props = {}, runId = randomBase62(22) } = options;
  refuseSameNames(steps);
  refuseUnknownProps(steps, props);
  refuseBadRunId(runId);
  const ready = steps.map((step) => ({ ...step, instance: stepInstance(step, props) }));

  const context: RunContext = { id: runId, ts: new Date().toISOString(), workflow_id: options.workflow };
  const outbox = new Outbox();
  let past: Steps = { trigger: { event: eventCopy(event), context } };
  let last: StepExports = {};
  let exit: FinishedRun['exit'];
  const onExit = (reason: string | undefined) => {
    exit ??= { reason };
  };
  try {
    for (const { name, component, instance } of ready) {
      const exported = new Map<string, unknown>();
      const onExport = (key: string, value: unknown) => void exported.set(key, exportCopy(key, value));
      try {
        const $ = dollarFor({ outbox, context, onExport, onExit });
        // A copy for each step: what one does to it, the next one does not see.
        const returned: unknown = await component.run.call(instance, { steps: structuredClone(past), $ });
        const copy = jsonCopy(returned, 'The return value');
        if (copy !== undefined) exported.set('$return_value', copy.value);
      } catch (cause) {
        throw new StepError(name, 'run', cause);
      }
      last = Object.fromEntries(exported);
      past = { ...past, [name]: last };
      if (exit !== undefined) break;
    }
  } finally {
    outbox.close();
  }
  return { runId, steps: past, returnValue: last.$return_value, exit, events: outbox.close() };
}

function eventCopy(event: unknown): unknown {
  try {
    return jsonCopy(event, 'The trigger event')?.value;
  } catch (cause) {
    throw new WorkflowError((cause as Error).message, { cause });
  }
}

function exportCopy(name: unknown, value: unknown): unknown {
  if (typeof name !== 'string' || name === '') throw new TypeError('$.export needs a name.');
  return jsonCopy(value, `$.export: the value of "${name}"`)?.value;
}

function refuseBadRunId(runId: string): void {
  if (runId.length > 0 && runId.length <= MAX_RUN_ID_LENGTH && /^[\x21-\x7e]+$/.test(runId)) return;
  const form = `1 to ${MAX_RUN_ID_LENGTH} ASCII characters without spaces`;
  throw new WorkflowError(`A run id has ${form}.`);
}
