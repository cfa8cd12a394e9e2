import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#libs/testing';
import type { TraceOptions } from './trace-options.js';
import { during } from './trace-recorder.js';
import { Traces } from './traces.js';

let status = 200;
const collector = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(status).end('{}'));
}).listen(0, '127.0.0.1');
beforeAll(() => once(collector, 'listening'));
afterAll(() => {
  collector.close();
  collector.closeAllConnections();
});

const OPTIONS = {
  url: '',
  headers: {},
  resource: { 'service.name': 'test' },
  sampler: 'parentbased_always_on',
  ratio: 1,
  delayMs: 10,
  onTrouble: () => {},
} satisfies TraceOptions;
const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';

async function withTraces<T>(options: Partial<TraceOptions>, use: (traces: Traces) => T | Promise<T>) {
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  const traces = await Traces.open({ ...OPTIONS, url, ...options });
  try {
    return await use(traces);
  } finally {
    await traces.close();
  }
}

/** The trace that a span begun with this parent belongs to; undefined when it is not recorded. */
function traceOf(traces: Traces, traceparent?: string): string | undefined {
  const span = traces.recorder?.begin('work', traceparent === undefined ? undefined : { traceparent }, {
    kind: 'server',
  });
  const trace = span?.headers.traceparent.split('-')[1];
  span?.end();
  return trace;
}

describe('Traces', () => {
  it('record nothing where nobody collects them', async () => {
    const traces = await Traces.open(undefined);
    expect(traces.recorder).toBeUndefined();
    await traces.close();
  });

  it("go on in the parent's trace, and begin one where there is none that can be read", async () => {
    await withTraces({}, (traces) => {
      expect(traceOf(traces, `${PARENT}-01`)).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
      for (const none of [undefined, '', 'x', `${PARENT}`, `ff${PARENT.slice(2)}-01`]) {
        expect(traceOf(traces, none)).toMatch(/^(?!4bf9)[0-9a-f]{32}$/);
      }
    });
  });

  it("hand on the state that other systems keep beside the parent's", async () => {
    await withTraces({}, ({ recorder }) => {
      const parent = { traceparent: `${PARENT}-01`, tracestate: 'vendor=1' };
      const span = recorder?.begin('work', parent, { kind: 'server' });
      expect(span?.headers.tracestate).toBe('vendor=1');
      span?.end();
    });
  });

  it.each([
    ['parentbased_always_on', 1, true, false, true],
    ['parentbased_always_off', 1, true, false, false],
    ['parentbased_traceidratio', 0, true, false, false],
    ['always_on', 1, true, true, true],
    ['always_off', 1, false, false, false],
    ['traceidratio', 0, false, false, false],
    ['traceidratio', 1, true, true, true],
  ] as const)('follow the sampler %s with %d', async (sampler, ratio, wanted, unwanted, alone) => {
    await withTraces({ sampler, ratio }, (traces) => {
      expect(traceOf(traces, `${PARENT}-01`) !== undefined).toBe(wanted);
      expect(traceOf(traces, `${PARENT}-00`) !== undefined).toBe(unwanted);
      expect(traceOf(traces) !== undefined).toBe(alone);
    });
  });

  it('tell once that they are not taken', async () => {
    status = 400;
    const troubles: string[] = [];
    await withTraces({ onTrouble: (what) => troubles.push(what) }, async (traces) => {
      traceOf(traces);
      await eventually('the trouble', () => troubles.length > 0);
      traceOf(traces);
    });
    expect(troubles).toHaveLength(1);
  });
});

describe('during', () => {
  const ends: (string | undefined)[] = [];
  const span = {
    headers: { traceparent: '' },
    describe: () => {},
    end: (why?: string) => void ends.push(why),
  };

  it('ends the span with the work, and says why it failed', async () => {
    expect(await during(span, async () => 1)).toBe(1);
    const failures = [Object.assign(new Error('x'), { code: 'unavailable' }), new TypeError('y'), 'z'];
    for (const failure of failures) {
      await expect(during(span, () => Promise.reject(failure))).rejects.toBe(failure);
    }
    expect(ends).toEqual([undefined, 'unavailable', 'TypeError', 'unknown']);
  });

  it('does the work without a span, too', async () => {
    expect(await during(undefined, async () => 1)).toBe(1);
  });
});
