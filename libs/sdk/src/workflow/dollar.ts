import type { Outbox } from './outbox.js';
import type { RunContext } from './steps.js';

export interface SseCall {
  /** The event's name for subscribers. */
  readonly channel: string;
  /** Any JSON value. */
  readonly payload: unknown;
}

/** The `$` of a step. */
export interface Dollar {
  readonly send: {
    /** Collects an event; it goes out after the whole run has finished. Throws for what cannot be sent. */
    sse(call: SseCall): void;
  };
  /** Makes a JSON value readable for later steps, as `steps.<step>.<name>`. */
  export(name: string, value: unknown): void;
  readonly flow: {
    /**
     * Ends the run after this step, without an error: what was collected is sent. The step itself goes on, so
     * `return $.flow.exit()` is the way to leave it at once.
     */
    exit(reason?: string): void;
  };
  readonly context: RunContext;
}

export interface DollarParts {
  readonly outbox: Outbox;
  readonly context: RunContext;
  readonly onExport: (name: string, value: unknown) => void;
  readonly onExit: (reason: string | undefined) => void;
}

/** What Pipedream has besides: a call says so, rather than that undefined is not a function. */
const ABSENT = {
  send: ['http', 'email', 's3', 'emit', 'sql', 'snowflake'],
  flow: ['delay', 'suspend', 'rerun', 'trigger'],
  $: ['respond'],
};

/** The `$` of one step. Each function works without its object: `const { sse } = $.send`. */
export function dollarFor({ outbox, context, onExport, onExit }: DollarParts): Dollar {
  return {
    ...absent('$', ABSENT.$),
    send: { ...absent('$.send', ABSENT.send), sse: (call) => outbox.sse(call) },
    export: onExport,
    flow: {
      ...absent('$.flow', ABSENT.flow),
      exit: (reason) => onExit(reason === undefined ? undefined : String(reason)),
    },
    context,
  };
}

function absent(path: string, names: readonly string[]): Record<string, () => never> {
  const entries = names.map((name) => [
    name,
    () => {
      throw new Error(`Runnel has no ${path}.${name}. Steps can use $.send.sse, $.export and $.flow.exit.`);
    },
  ]);
  return Object.fromEntries(entries) as Record<string, () => never>;
}
