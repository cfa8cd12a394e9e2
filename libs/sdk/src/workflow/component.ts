import type { Dollar } from './dollar.js';
import { isObject } from './is-object.js';
import type { PropDefinitions } from './prop-definition.js';
import type { Steps } from './steps.js';

/** What a step is given. */
export interface RunArguments {
  readonly steps: Steps;
  readonly $: Dollar;
}

/** A step's code, as Pipedream's components have it. Their other fields are allowed and mean nothing here. */
export interface Component {
  readonly props?: PropDefinitions | undefined;
  /** Callable as `this.<name>`. */
  readonly methods?: object | undefined;
  run(context: RunArguments): unknown;
  readonly [field: string]: unknown;
}

/**
 * What keeps a value from being run as a step, as the end of a sentence about it.
 *
 * @returns undefined when nothing does
 */
export function componentFault(value: unknown): string | undefined {
  if (!isObject(value)) return 'is not a component';
  if (value.type === 'app') return 'is an app, and Runnel has no connected accounts';
  if (value.type === 'source' || value.hooks !== undefined || value.dedupe !== undefined) {
    return 'is an event source. Only actions and code steps can be run';
  }
  if (typeof value.run !== 'function') return 'has no run method';
  if (value.additionalProps !== undefined)
    return 'computes its props (additionalProps), which Runnel does not';
  if (value.props !== undefined && !isObject(value.props)) return 'has props that are not an object';
  if (value.methods !== undefined && !isObject(value.methods)) return 'has methods that are not an object';
  return undefined;
}
