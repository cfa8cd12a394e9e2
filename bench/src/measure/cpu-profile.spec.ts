import { describe, expect, it } from '@jest/globals';
import { type CpuProfile, topFunctions } from './cpu-profile.js';

function frame(functionName: string, url: string, lineNumber: number) {
  return { functionName, url, lineNumber };
}

const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)', '', -1) },
    { id: 2, callFrame: frame('writev', '', -1) },
    { id: 3, callFrame: frame('walk', 'file:///a/b/dist/libs/sse/src/fan-out.js', 59) },
    { id: 4, callFrame: frame('', 'file:///a/node_modules/router/index.js', 4) },
    { id: 5, callFrame: frame('walk', 'file:///a/b/dist/libs/sse/src/fan-out.js', 59) },
  ],
  samples: [1, 2, 3, 4, 5, 2],
  timeDeltas: [1_000, 300, 100, 150, 150, 300],
};

describe('the top functions', () => {
  it('share the busy time, each counted once however it was called', () => {
    expect(topFunctions([PROFILE], 10)).toEqual([
      { name: 'writev', share: 0.6 },
      { name: 'walk libs/sse/src/fan-out.js:60', share: 0.25 },
      { name: '(anonymous) router/index.js:5', share: 0.15 },
    ]);
  });

  it('are those of all profiles together, and no more than are wanted', () => {
    const other = { ...PROFILE, samples: [4], timeDeltas: [1_000] };
    expect(topFunctions([PROFILE, other], 1)).toEqual([
      { name: '(anonymous) router/index.js:5', share: 0.575 },
    ]);
    expect(topFunctions([], 3)).toEqual([]);
  });
});
