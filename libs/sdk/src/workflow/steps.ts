/** What one step has left for those after it: its `$return_value`, and its exports by name. */
export interface StepExports {
  readonly $return_value?: unknown;
  readonly [name: string]: unknown;
}

/** What set the run off. It exports nothing else. */
export interface Trigger extends StepExports {
  readonly event: unknown;
  readonly context: RunContext;
}

/** About this run, in the spelling of Pipedream. */
export interface RunContext {
  /** Of the run; a retry of it has the same. */
  readonly id: string;
  /** When the run began, ISO 8601. */
  readonly ts: string;
  /** Id or name, as the caller has it. */
  readonly workflow_id: string;
}

/** What happened before this step, by step name, and what set the run off. */
export interface Steps {
  readonly trigger: Trigger;
  readonly [step: string]: StepExports;
}
