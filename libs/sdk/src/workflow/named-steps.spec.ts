import { describe, expect, it } from '@jest/globals';
import { WorkflowError } from './errors.js';
import { namedSteps, refuseSameNames, stepNameOfFile } from './named-steps.js';

const component = { run: () => {} };
const names = (value: unknown, name?: string) => namedSteps(value, name).map((step) => step.name);

describe('namedSteps', () => {
  it('makes a step of a component, and several of an array or an object, in order', () => {
    expect(names(component)).toEqual(['code']);
    expect(names(component, 'greet')).toEqual(['greet']);
    expect(names([component, component, component])).toEqual(['code', 'code_1', 'code_2']);
    expect(names({ send: component, fetch: component })).toEqual(['send', 'fetch']);
  });

  it('takes a step that is called run', () => {
    expect(names({ run: component })).toEqual(['run']);
  });

  it.each([
    [undefined, 'The step "code" is not a component.'],
    [{}, 'The step "code" has no run method.'],
    [[], 'There are no steps to run.'],
    [[component, 5], 'The step "code_1" is not a component.'],
    [{ type: 'app', app: 'slack' }, 'The step "code" is an app, and Runnel has no connected accounts.'],
    [
      { ...component, hooks: {} },
      'The step "code" is an event source. Only actions and code steps can be run.',
    ],
    [{ 'my-step': component }, 'The step "my-step" needs a name of letters, digits and underscores.'],
    [{ trigger: component }, 'The step "trigger" must have another name: this one is taken.'],
  ])('refuses %j', (value, message) => {
    expect(() => namedSteps(value)).toThrow(new WorkflowError(message));
  });
});

it('refuses two steps of one name, since the second would hide what the first returned', () => {
  expect(() => refuseSameNames(namedSteps([component, component]))).not.toThrow();
  expect(() => refuseSameNames([...namedSteps(component, 'a'), ...namedSteps(component, 'a')])).toThrow(
    'Two steps have the name "a".',
  );
});

it.each([
  ['send-names.mjs', 'send_names'],
  ['greet.js', 'greet'],
  ['01 fetch.v2.mjs', '_01_fetch_v2'],
])('calls the step in %j steps.%s', (fileName, name) => {
  expect(stepNameOfFile(fileName)).toBe(name);
});
