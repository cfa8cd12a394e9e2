import { describe, expect, it } from '@jest/globals';
import { inParts, readReport } from './report.js';

describe('readReport', () => {
  const sender = { gateway: 'a', seq: 1 };

  it('reads what a gateway has written', () => {
    const counts = { 'presence.default.p_1': 2 };
    for (const report of [
      { ...sender, form: 'changes', counts },
      { ...sender, form: 'all', part: 0, parts: 2, counts: {} },
      { ...sender, form: 'gone' },
    ]) {
      expect(readReport(JSON.stringify(report))).toEqual(report);
    }
  });

  it.each([
    'rubbish',
    'null',
    '{}',
    JSON.stringify({ ...sender, form: 'changes' }),
    JSON.stringify({ ...sender, seq: 0, form: 'gone' }),
    JSON.stringify({ ...sender, form: 'changes', counts: { 'presence.default.p_1': -1 } }),
    JSON.stringify({ ...sender, form: 'changes', counts: null }),
    JSON.stringify({ ...sender, form: 'changes', counts: { 'presence.default.p_1': 1.5 } }),
    JSON.stringify({ ...sender, form: 'changes', counts: { 'presence.default.p_1': '1' } }),
    JSON.stringify({ ...sender, form: 'changes', counts: { 'publish.default.p_1': 1 } }),
    JSON.stringify({ ...sender, form: 'changes', counts: { 'presence.default.*': 1 } }),
  ])('ignores what none has: %s', (text) => expect(readReport(text)).toBeUndefined());
});

describe('inParts', () => {
  it('makes as many parts as messages can hold, and at least one', () => {
    expect(inParts([])).toEqual([{}]);
    const many = Array.from({ length: 9_000 }, (_, n) => [`presence.w.p_${n}`, n] as const);
    const parts = inParts(many);
    expect(parts).toHaveLength(3);
    expect(Object.assign({}, ...parts)).toEqual(Object.fromEntries(many));
    for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(512 * 1024);
  });
});
