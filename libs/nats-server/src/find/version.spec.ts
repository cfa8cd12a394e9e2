import { describe, expect, it } from '@jest/globals';
import { compareVersions, isNewEnough, versionIn } from './version.js';

describe('versionIn', () => {
  it('reads releases and release candidates', () => {
    expect(versionIn('nats-server: v2.15.1\n')).toBe('2.15.1');
    expect(versionIn('nats-server: v2.14.2-RC.1')).toBe('2.14.2-RC.1');
  });

  it('finds nothing in what other programs print', () => {
    expect(versionIn('nats version 0.4.0')).toBeUndefined();
    expect(versionIn('')).toBeUndefined();
  });
});

describe('compareVersions', () => {
  it('orders by number and not by letter', () => {
    expect(['2.9.10', '2.15.1', '2.12.0', '2.12.12', '2.12.2'].sort(compareVersions)).toEqual([
      '2.9.10',
      '2.12.0',
      '2.12.2',
      '2.12.12',
      '2.15.1',
    ]);
  });

  it('puts a release candidate before its release, and what is no version first', () => {
    expect(['2.12.0', 'rubbish', '2.12.0-RC.3'].sort(compareVersions)).toEqual([
      'rubbish',
      '2.12.0-RC.3',
      '2.12.0',
    ]);
  });
});

describe('isNewEnough', () => {
  it('takes 2.12.0 and everything after it', () => {
    expect(['2.12.0', '2.12.1-RC.1', '2.14.0', '3.0.0'].map(isNewEnough)).toEqual([true, true, true, true]);
  });

  it('refuses what came before', () => {
    expect(['2.9.10', '2.11.15', '2.12.0-RC.3', '1.4.1'].map(isNewEnough)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
