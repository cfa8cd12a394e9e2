import type { PublishedEvent } from '../client/views.js';
import type { Component } from './component.js';
import { namedSteps } from './named-steps.js';
import { type FinishedRun, runSteps, type StepsOptions } from './run-steps.js';
import { type Destination, sendEvents } from './send-events.js';

/** One step, several that are named `code`, `code_1` …, or several by name. */
export type Workflow = Component | readonly Component[] | Readonly<Record<string, Component>>;

export interface WorkflowOptions extends StepsOptions, Destination {}

export interface WorkflowRun extends Omit<FinishedRun, 'events'> {
  /** Answers for the events of the run, in call order. */
  readonly sent: readonly PublishedEvent[];
}

/**
 * Runs a workflow: its steps one after the other, and then, when none has thrown, sends what `$.send.sse` collected
 * to the workflow's stream. Resolves once that is stored.
 *
 * @throws WorkflowError when it cannot be run as it is, StepError when a step throws: in both cases nothing is sent.
 *   SendError when the events could not be sent
 */
export async function runWorkflow(workflow: Workflow, options: WorkflowOptions): Promise<WorkflowRun> {
  const { events, ...run } = await runSteps(namedSteps(workflow), options);
  return { ...run, sent: await sendEvents({ runId: run.runId, events }, options) };
}
