import { describe, expect, it } from '@jest/globals';
import { DeliveryCheck, noFaults, sumOfFaults } from './delivery-check.js';

function faultsOf(numbers: readonly number[], first?: number) {
  const faults = noFaults();
  const check = new DeliveryCheck(faults, first);
  for (const n of numbers) check.take(n);
  return faults;
}

describe('a delivery check', () => {
  it('finds nothing in a run without holes, wherever it begins', () => {
    expect(sumOfFaults(faultsOf([1, 2, 3]))).toBe(0);
    expect(sumOfFaults(faultsOf([8, 9, 10]))).toBe(0);
  });

  it('counts each event that did not come', () => {
    expect(faultsOf([1, 2, 6])).toMatchObject({ lost: 3, repeated: 0, disordered: 0 });
  });

  it('counts what is missing at the beginning', () => {
    expect(faultsOf([3, 4], 1)).toMatchObject({ lost: 2 });
  });

  it('counts an event that came twice', () => {
    expect(faultsOf([1, 2, 2, 3, 1])).toMatchObject({ lost: 0, repeated: 2 });
  });

  it('tells a late event from a lost one and from a repeated one', () => {
    expect(faultsOf([1, 3, 2, 2, 4])).toMatchObject({ lost: 0, repeated: 1, disordered: 1 });
  });
});
