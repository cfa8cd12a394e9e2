import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, type ServiceProcess, type System, startSystem } from '#libs/testing';

let system: System;
beforeAll(async () => {
  system = await startSystem();
}, 120_000);
afterAll(() => system?.stop(), 60_000);

function linesOf(service: ServiceProcess): Record<string, unknown>[] {
  return service.output.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
}

/** Each level is switched to once, so its line is there for one reason only. */
async function switched(service: ServiceProcess, level: string): Promise<void> {
  service.kill('SIGUSR2');
  const told = () => linesOf(service).some(({ logLevel }) => logLevel === level);
  await eventually(`the level is ${level}`, told);
}

/** What a request has that brings a key that auth has not been asked about yet. */
async function headersOf(requestId: string, scope: string): Promise<Record<string, string>> {
  const { body } = await system.call('auth', 'POST', '/v1/keys', { name: requestId, scopes: [scope] });
  return { authorization: `Bearer ${body.key}`, 'x-request-id': requestId };
}

async function publish(stream: string, requestId: string): Promise<void> {
  const response = await fetch(`${system.ingest.url}/v1/streams/${stream}/events`, {
    method: 'POST',
    headers: { ...(await headersOf(requestId, 'publish')), 'content-type': 'application/json' },
    body: JSON.stringify({ channel: 'c', payload: 1 }),
  });
  expect([response.status, response.headers.get('x-request-id')]).toEqual([201, requestId]);
}

async function subscribe(stream: string, requestId: string): Promise<void> {
  const response = await fetch(`${system.gateways[0]?.url}/pipelines/${stream}/sse`, {
    headers: await headersOf(requestId, 'subscribe'),
  });
  expect([response.status, response.headers.get('x-request-id')]).toEqual([200, requestId]);
  await response.body?.cancel();
}

describe('the log of a running service', () => {
  it('tells more after SIGUSR2, with the id of the request in all services, and less after the next', async () => {
    const { ingest, auth } = system;
    const stream = (await system.call('ingest', 'POST', '/v1/workflows', { name: 'logged' })).body.id;
    await publish(stream, 'quiet-1');
    for (const service of [ingest, auth]) await switched(service, 'debug');
    await publish(stream, 'close-2');
    await subscribe(stream, 'close-3');
    const about = (service: ServiceProcess, id: string) =>
      linesOf(service).filter(({ requestId }) => requestId === id);
    await eventually('all tell of it', () =>
      [about(ingest, 'close-2'), about(auth, 'close-2'), about(auth, 'close-3')].every(
        ({ length }) => length > 0,
      ),
    );
    expect(about(ingest, 'close-2')).toContainEqual(expect.objectContaining({ msg: 'request', status: 201 }));
    const looked = expect.objectContaining({ msg: 'A credential was looked at', outcome: 'allowed' });
    for (const id of ['close-2', 'close-3']) expect(about(auth, id)).toContainEqual(looked);
    for (const service of [ingest, auth]) await switched(service, 'info');
    await publish(stream, 'quiet-3');
    await publish(stream, 'quiet-4');
    const all = [ingest, auth].flatMap(({ output }) => output).join('\n');
    for (const quiet of ['quiet-1', 'quiet-3']) expect(all).not.toContain(quiet);
  }, 60_000);
});
