import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { SettingsError } from '../errors.js';
import { defineSettings } from './define-settings.js';
import { setting } from './setting.js';
import { wholeNumber } from './text-schemas.js';

const definition = defineSettings({
  port: setting({
    env: 'PORT',
    schema: z.coerce.number().int().min(0).max(65_535),
    default: 3001,
    unit: 'port',
    doc: 'Where to listen.',
  }),
  apiSecret: setting({
    env: 'API_SECRET',
    schema: z.string().refine((text) => text.length > 20, { error: ({ input }) => `${input} is too short` }),
    secret: true,
    doc: 'A secret.',
  }),
  name: setting({ env: 'NAME', schema: z.string(), required: true, doc: 'A name.' }),
  hosts: setting({
    env: 'HOSTS',
    schema: z.string().transform((text): readonly string[] => text.split(',')),
    default: ['a', 'b'],
    doc: 'Some hosts.',
  }),
});

function problemsOf(env: NodeJS.ProcessEnv): SettingsError {
  try {
    definition.parse(env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
  }
  throw new Error('The settings were accepted.');
}

describe('defineSettings', () => {
  it('reads the environment into typed values under the declared keys', () => {
    const settings = definition.parse({ NAME: 'x', PORT: '80', HOSTS: 'c,d' });
    const port: number = settings.port;
    const secret: string | undefined = settings.apiSecret;
    expect({ port, secret, name: settings.name, hosts: settings.hosts }).toEqual({
      port: 80,
      secret: undefined,
      name: 'x',
      hosts: ['c', 'd'],
    });
  });

  it('takes an empty variable for an unset one', () => {
    expect(definition.parse({ NAME: 'x', PORT: '', API_SECRET: '' })).toMatchObject({
      port: 3001,
      apiSecret: undefined,
    });
  });

  it('reports every problem together', () => {
    const error = problemsOf({ PORT: '70000', API_SECRET: 'short' });
    expect(error.problems.map(({ env }) => env)).toEqual(['PORT', 'API_SECRET', 'NAME']);
    expect(error.message).toContain('NAME is required');
  });

  it('never prints a secret, even where the schema quotes it', () => {
    const error = problemsOf({ NAME: 'x', API_SECRET: 'hunter2' });
    expect(JSON.stringify([error.problems, error.message, error.stack])).not.toContain('hunter2');
  });

  it('freezes the settings and the lists in them', () => {
    const settings = definition.parse({ NAME: 'x' });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.hosts)).toBe(true);
  });

  it('describes each setting for the documentation', () => {
    expect(definition.describe()).toEqual([
      {
        env: 'PORT',
        type: 'integer, at least 0, at most 65535 (port)',
        default: '3001',
        required: false,
        secret: false,
        doc: 'Where to listen.',
      },
      expect.objectContaining({ env: 'API_SECRET', secret: true, default: undefined }),
      expect.objectContaining({ env: 'NAME', required: true, type: 'string' }),
      expect.objectContaining({ env: 'HOSTS', default: 'a,b' }),
    ]);
  });

  it('can be built from the fields of another definition', () => {
    const larger = defineSettings({
      ...definition.fields,
      size: setting({ env: 'SIZE', schema: wholeNumber(0, 9), default: 1, doc: 'A size.' }),
    });
    expect(larger.parse({ NAME: 'x', SIZE: '2' })).toMatchObject({ size: 2, port: 3001 });
  });

  it('refuses two settings that read the same variable', () => {
    const port = definition.fields.port;
    expect(() => defineSettings({ one: port, other: port })).toThrow('Two settings read PORT');
  });
});
