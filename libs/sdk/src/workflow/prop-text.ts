import { WorkflowError } from './errors.js';
import type { NamedStep } from './named-steps.js';
import { typeOfProp } from './prop-definition.js';
import { type GivenProps, stepsWithProp } from './step-instance.js';

/**
 * Values of props as a person types them: `name=value`, or `step.name=value` for one step's alone. The prop's type
 * says how the value is read: a string as it stands, anything else as JSON.
 *
 * @throws WorkflowError for what has no `=`
 */
export function propsFromText(steps: readonly NamedStep[], assignments: readonly string[]): GivenProps {
  return Object.fromEntries(
    assignments.map((text) => {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (key === undefined || value === undefined) {
        throw new WorkflowError(`"${text}" is not of the form name=value.`);
      }
      const isText = stepsWithProp(steps, key).some((definition) => typeOfProp(definition) === 'string');
      return [key, isText ? value : jsonOrText(value)];
    }),
  );
}

/** Text that is no JSON stays text: a prop of the type `any` takes it, and others say what they need. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
