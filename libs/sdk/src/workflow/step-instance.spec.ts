import { describe, expect, it } from '@jest/globals';
import type { Component } from './component.js';
import { namedSteps } from './named-steps.js';
import type { PropDefinitions } from './prop-definition.js';
import { propsFromText } from './prop-text.js';
import { type GivenProps, refuseUnknownProps, stepInstance } from './step-instance.js';

const stepWith = (props: PropDefinitions, methods?: object) => {
  const component: Component = { props, methods, run: () => {} };
  const [step] = namedSteps(component, 'greet');
  return step as NonNullable<typeof step>;
};
const valuesOf = (props: PropDefinitions, given: GivenProps = {}) => stepInstance(stepWith(props), given);

describe('the props of a step', () => {
  it('have the values that are given, else their defaults', () => {
    const props = {
      reader: { type: 'string', label: 'Reader', default: 'Ada' },
      times: { type: 'integer', default: 1 },
      note: { type: 'string', optional: true },
    };
    expect(valuesOf(props, { times: 3 })).toEqual({ reader: 'Ada', times: 3, note: undefined });
  });

  it('can be given to one step alone', () => {
    const props = { name: 'string' };
    expect(valuesOf(props, { name: 'all', 'greet.name': 'mine', 'other.name': 'theirs' })).toEqual({
      name: 'mine',
    });
  });

  it('do not keep what a run does to a default', () => {
    const props = { names: { type: 'string[]', default: ['Ada'] } };
    (valuesOf(props) as { names: string[] }).names.push('Grace');
    expect(valuesOf(props)).toEqual({ names: ['Ada'] });
  });

  it.each([
    ['string', 1, 'must be a string'],
    ['integer', 1.5, 'must be an integer'],
    ['boolean', 'true', 'must be a boolean'],
    ['object', [], 'must be an object'],
    ['string[]', ['a', 1], 'must be an array of type string[]'],
    ['integer[]', 1, 'must be an array of type integer[]'],
  ])('of type %s cannot be %j', (type, value, fault) => {
    expect(() => valuesOf({ it: { type } }, { it: value })).toThrow(
      `The prop "it" of the step "greet" ${fault}.`,
    );
  });

  it('need a value where they are required and have no default', () => {
    expect(() => valuesOf({ name: { type: 'string' } })).toThrow(
      'The prop "name" of the step "greet" has no default, so it needs a value.',
    );
  });

  it.each(['$.service.db', '$.interface.http', 'app', 'data_store', 'http_request', 'dir'])(
    'of the kind %s are refused before anything runs',
    (type) => {
      const refusal = `"it" of the step "greet" is a prop of the type "${type}".`;
      expect(() => valuesOf({ it: type })).toThrow(refusal);
      expect(() => valuesOf({ it: { type } })).toThrow(refusal);
    },
  );

  it('that are taken from an app are refused as well', () => {
    expect(() => valuesOf({ url: { propDefinition: [{}, 'url'] } })).toThrow('a prop of another definition');
  });

  it('that are only a notice have no value', () => {
    expect(valuesOf({ info: { type: 'alert', content: 'Mind the gap.' } })).toEqual({});
  });

  it('are refused when no step has them', () => {
    const steps = [stepWith({ name: 'string' })];
    expect(() => refuseUnknownProps(steps, { name: 1, 'greet.name': 1 })).not.toThrow();
    expect(() => refuseUnknownProps(steps, { nmae: 1 })).toThrow('No step has a prop "nmae".');
    expect(() => refuseUnknownProps(steps, { 'other.name': 1 })).toThrow('No step has a prop "other.name".');
  });
});

it('gives methods the same this as run has', () => {
  const methods = {
    greeting(this: { name: string; sign(): string }) {
      return `Hello ${this.name}${this.sign()}`;
    },
    sign: () => '!',
  };
  const step = stepWith({ name: { type: 'string', default: 'Margaret' } }, methods);
  const { greeting } = stepInstance(step, {}) as { greeting(): string };
  expect(greeting()).toBe('Hello Margaret!');
});

describe('propsFromText', () => {
  const steps = [
    stepWith({ name: 'string', times: 'integer', names: 'string[]', loud: 'boolean', more: 'any' }),
  ];

  it('reads strings as they stand, and everything else as JSON', () => {
    const texts = ['name=5 = five', 'greet.times=5', 'names=["a","b"]', 'loud=true', 'more=as it is'];
    expect(propsFromText(steps, texts)).toEqual({
      name: '5 = five',
      'greet.times': 5,
      names: ['a', 'b'],
      loud: true,
      more: 'as it is',
    });
  });

  it.each(['name', '=x'])('refuses %j', (text) => {
    expect(() => propsFromText(steps, [text])).toThrow(`"${text}" is not of the form name=value.`);
  });

  it('leaves it to the prop to refuse what is no value of it', () => {
    const [step] = steps as [(typeof steps)[0]];
    expect(() => stepInstance(step, { name: '', ...propsFromText(steps, ['times=many']) })).toThrow(
      'The prop "times" of the step "greet" must be an integer.',
    );
  });
});
