import { expect } from '@jest/globals';
import { eventually, type ServiceProcess } from '#libs/testing';

/** Milliseconds in which a probe must be answered, whatever is broken. */
const ANSWER_MS = 10_000;

/** Waits until services say that they cannot do their job, and sees that they are alive all the same. */
export async function expectUnready(services: readonly ServiceProcess[]): Promise<void> {
  for (const { url } of services) {
    await eventually(`${url} says that it is not ready`, async () => (await probe(url, 'readyz')) === 503);
    expect(await probe(url, 'healthz')).toBe(200);
  }
}

/** Whether a service says now that it can do its job. */
export async function isReady({ url }: ServiceProcess): Promise<boolean> {
  return (await probe(url, 'readyz')) === 200;
}

/** What a service says that it cannot do. */
export async function failedChecks({ url }: ServiceProcess): Promise<string[]> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
  const { checks } = (await response.json()) as { checks: Record<string, { status: string }> };
  return Object.keys(checks).filter((name) => checks[name]?.status === 'failed');
}

async function probe(url: string, path: string): Promise<number> {
  const response = await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
  await response.body?.cancel();
  return response.status;
}
