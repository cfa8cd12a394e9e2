import type { Component, RunArguments } from './component.js';
import type { PropDefinition, PropDefinitions, PropValues } from './prop-definition.js';

interface Definition<Props, Methods> {
  readonly props?: Props;
  readonly methods?: Methods;
  run(context: RunArguments): unknown;
  readonly [field: string]: unknown;
}

type NoProps = Record<never, PropDefinition>;

/**
 * Says that an object is a component, and gives `this` its type: the values of the props, and the methods.
 *
 * @returns the same object
 */
export function defineComponent<
  const Props extends PropDefinitions = NoProps,
  Methods extends object = NoProps,
>(component: Definition<Props, Methods> & ThisType<PropValues<Props> & Methods>): Component {
  return component as Component;
}

/** Makes `defineComponent` a global, as files written for Pipedream expect: they do not import it. */
export function installDefineComponent(): void {
  const globals = globalThis as { defineComponent?: unknown };
  globals.defineComponent ??= defineComponent;
}
