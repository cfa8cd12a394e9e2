import { WorkflowError } from './errors.js';
import { jsonCopy } from './json-copy.js';
import type { NamedStep } from './named-steps.js';
import { type PropDefinition, propValueFault, typeOfProp } from './prop-definition.js';

/** Values of props, by `name` for every step that has such a prop, or by `step.name` for one. */
export type GivenProps = Readonly<Record<string, unknown>>;

/**
 * The `this` of a step: its props' values and its methods. Made anew for each run, so nothing is left of the last.
 *
 * @throws WorkflowError for a prop that has no value, a bad one, or is of a kind that Runnel does not have
 */
export function stepInstance({ name, component }: NamedStep, given: GivenProps): object {
  const instance: Record<string, unknown> = {};
  for (const [method, body] of Object.entries(component.methods ?? {})) {
    instance[method] = typeof body === 'function' ? body.bind(instance) : body;
  }
  for (const [prop, definition] of Object.entries(component.props ?? {})) {
    // An alert is a text for whoever fills in a form.
    if (isAlert(definition)) continue;
    instance[prop] = propValue(definition, { step: name, prop, given });
  }
  return instance;
}

/** @throws WorkflowError for values that no step has a prop for: most likely a name is misspelt */
export function refuseUnknownProps(steps: readonly NamedStep[], given: GivenProps): void {
  for (const key of Object.keys(given)) {
    if (stepsWithProp(steps, key).length === 0) throw new WorkflowError(`No step has a prop "${key}".`);
  }
}

/** Definitions of the props that a key of {@link GivenProps} means. */
export function stepsWithProp(steps: readonly NamedStep[], key: string): PropDefinition[] {
  return steps.flatMap(({ name, component }) =>
    Object.entries(component.props ?? {})
      .filter(([prop]) => key === prop || key === `${name}.${prop}`)
      .map(([, definition]) => definition),
  );
}

interface PropPlace {
  readonly step: string;
  readonly prop: string;
  readonly given: GivenProps;
}

function propValue(definition: PropDefinition, { step, prop, given }: PropPlace): unknown {
  const type = typeOfProp(definition);
  if (type === undefined) throw unsupported(definition, step, prop);
  const value = given[`${step}.${prop}`] ?? given[prop];
  if (value !== undefined) {
    const fault = propValueFault(type, value);
    if (fault !== undefined) throw new WorkflowError(`The prop "${prop}" of the step "${step}" ${fault}.`);
    return value;
  }
  const details = typeof definition === 'string' ? {} : definition;
  const fallback = jsonCopy(details.default, `The default of the prop "${prop}"`)?.value;
  if (fallback === undefined && details.optional !== true) {
    throw new WorkflowError(`The prop "${prop}" of the step "${step}" has no default, so it needs a value.`);
  }
  return fallback;
}

function unsupported(definition: PropDefinition, step: string, prop: string): WorkflowError {
  const type = typeof definition === 'string' ? definition : definition.type;
  const kind = type === undefined ? 'a prop of another definition' : `a prop of the type "${type}"`;
  const detail =
    'Runnel knows string, integer, boolean, object and any, and no accounts, databases or interfaces';
  return new WorkflowError(`"${prop}" of the step "${step}" is ${kind}. ${detail}.`);
}

function isAlert(definition: PropDefinition): boolean {
  return (typeof definition === 'string' ? definition : definition.type) === 'alert';
}
