import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import {
  cpuMs,
  descendants,
  difference,
  parseResident,
  parseStat,
  residentBytes,
  total,
} from './process-cost.js';

const SPIN = 'const end = Date.now() + 200; while (Date.now() < end); process.stdin.resume()';

describe('the cost of processes', () => {
  it('is read from what the kernel says, whatever the program is called', () => {
    const stat = '7 (a) b (c)) S 3 7 7 0 -1 4194304 1 2 3 4 150 50 7 3 20 0 1 0 100 1 2';
    expect(parseStat(stat)).toEqual({ parent: 3, cpuMs: 2_100 });
    expect(parseStat('')).toBeUndefined();
    expect(parseResident('Name:\tx\nVmRSS:\t    2048 kB\nRssAnon: 1 kB')).toBe(2 * 1024 * 1024);
    expect(parseResident('')).toBe(0);
  });

  it('counts children, living and gone, and sums by role', async () => {
    const child = spawn(process.execPath, ['-e', SPIN], { stdio: ['pipe', 'ignore', 'ignore'] });
    const me = [{ role: 'me', pid: process.pid }];
    const before = cpuMs(me);
    while (total(cpuMs([{ role: 'child', pid: child.pid ?? 0 }])) < 100) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(descendants(process.pid)).toContain(child.pid);
    expect(total(residentBytes([{ role: 'child', pid: child.pid ?? 0 }]))).toBeGreaterThan(1024 * 1024);
    child.stdin.end();
    await once(child, 'exit');
    expect(difference(cpuMs(me), before).me).toBeGreaterThanOrEqual(100);
  });

  it('is nothing for a process that has gone', () => {
    expect(cpuMs([{ role: 'gone', pid: 2 ** 30 }])).toEqual({ gone: 0 });
  });
});
