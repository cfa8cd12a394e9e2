import { type Component, componentFault } from './component.js';
import { WorkflowError } from './errors.js';
import { isObject } from './is-object.js';

export interface NamedStep {
  readonly name: string;
  readonly component: Component;
}

/** The name of a step that has been given none, as on Pipedream. */
const DEFAULT_NAME = 'code';

/**
 * The steps of a workflow in order: one component, several in an array, or by name in an object.
 *
 * @param name of the step where there is one; those of an array are `name`, `name_1`, `name_2` …
 * @throws WorkflowError for what holds no components, and for names that `steps.<name>` cannot have
 */
export function namedSteps(value: unknown, name = DEFAULT_NAME): NamedStep[] {
  if (Array.isArray(value)) {
    return checkedSteps(value.map((component, n) => [n === 0 ? name : `${name}_${n}`, component]));
  }
  if (isObject(value) && componentFault(value) !== undefined && holdsComponents(value)) {
    return checkedSteps(Object.entries(value));
  }
  return checkedSteps([[name, value]]);
}

/** @throws WorkflowError when two have the same name */
export function refuseSameNames(steps: readonly NamedStep[]): void {
  const names = steps.map(({ name }) => name);
  const twice = names.find((name, n) => names.indexOf(name) < n);
  if (twice !== undefined)
    throw new WorkflowError(`Two steps have the name "${twice}". Give them names of their own.`);
}

/** The step name that a file's name makes: `send-names.mjs` is `steps.send_names`. */
export function stepNameOfFile(fileName: string): string {
  const base = fileName.replace(/\.[^.]*$/, '').replace(/[^\w$]/g, '_');
  return /^\d/.test(base) ? `_${base}` : base || DEFAULT_NAME;
}

function holdsComponents(value: Record<string, unknown>): boolean {
  const values = Object.values(value);
  return values.length > 0 && values.every((item) => isObject(item) && typeof item.run === 'function');
}

function checkedSteps(entries: readonly (readonly [name: string, value: unknown])[]): NamedStep[] {
  if (entries.length === 0) throw new WorkflowError('There are no steps to run.');
  return entries.map(([name, value]) => {
    const fault = nameFault(name) ?? componentFault(value);
    if (fault !== undefined) throw new WorkflowError(`The step "${name}" ${fault}.`);
    return { name, component: value as Component };
  });
}

function nameFault(name: string): string | undefined {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return 'needs a name of letters, digits and underscores';
  return name === 'trigger' || name === '__proto__' ? 'must have another name: this one is taken' : undefined;
}
