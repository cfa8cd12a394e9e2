import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { Logger } from '@nestjs/common';
import { NatsLink } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { eventually } from '#libs/testing';
import { principalFor } from '../test/fake-channel.js';
import type { Decision, Question, Revocation } from './decision.js';
import { NatsAuthChannel } from './nats-auth-channel.js';
import { ACCESS_REVOKED, AUTH_DECIDE, AUTH_QUEUE, AUTH_RECHECK } from './subjects.js';

// What answers here is a plain subscription that writes what Nest's transport expects; the real auth answers in
// apps/auth/src/auth.spec.ts.

const QUESTION: Question = { kind: 'api-key', keyId: 'k', hash: 'h' };
const GOOD: Decision = { ok: true, principal: principalFor('k', 'h', { expiresAt: 5 }) };
const unavailable = { code: 'unavailable' };

let server: NatsServer;
let channel: NatsAuthChannel;

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await startNatsServer();
});
beforeEach(() => {
  channel = new NatsAuthChannel({ url: server.url, name: 'channel spec' });
});
afterEach(() => channel.close());
afterAll(() => server?.stop());

/** Answers on the subject until the link is closed. */
async function answerer(subject: string, respond: (data: unknown) => unknown): Promise<NatsLink> {
  const link = NatsLink.open({ url: server.url, name: 'answerer' });
  const connection: NatsConnection = await link.whenUp();
  connection.subscribe(subject, {
    queue: AUTH_QUEUE,
    callback: (_error, message) => {
      const { id, data } = message.json<{ id: string; data: unknown }>();
      message.respond(JSON.stringify({ id, response: respond(data), isDisposed: true }));
    },
  });
  await connection.flush();
  return link;
}

describe('NatsAuthChannel', () => {
  it('brings back what auth decides', async () => {
    const asked: unknown[] = [];
    const auth = await answerer(AUTH_DECIDE, (data) => {
      asked.push(data);
      return GOOD;
    });
    expect(await channel.decide(QUESTION)).toEqual(GOOD);
    expect(asked).toEqual([QUESTION]);
    await auth.close();
  });

  it('brings back one verdict for each key, and takes nothing else for an answer', async () => {
    let verdicts = ['valid', 'access-revoked'];
    const auth = await answerer(AUTH_RECHECK, () => ({ verdicts }));
    const keys = ['a', 'b'].map((keyId) => ({ keyId, fingerprint: 'f' }));
    expect(await channel.recheck(keys)).toEqual(verdicts);
    verdicts = ['valid'];
    await expect(channel.recheck(keys)).rejects.toMatchObject(unavailable);
    await auth.close();
  });

  it.each([
    ['says that it cannot read the keys', { unavailable: true }],
    ['answers something unknown', { maybe: true }],
    ['answers nothing', undefined],
  ])('is unavailable when auth %s', async (_what, answer) => {
    const auth = await answerer(AUTH_DECIDE, () => answer);
    await expect(channel.decide(QUESTION)).rejects.toMatchObject(unavailable);
    await auth.close();
  });

  it('is unavailable at once when no auth is there', async () => {
    const start = performance.now();
    await expect(channel.decide(QUESTION)).rejects.toMatchObject(unavailable);
    expect(performance.now() - start).toBeLessThan(1_500);
  });

  it('is unavailable after two seconds when auth is silent', async () => {
    const link = NatsLink.open({ url: server.url, name: 'silent' });
    const connection = await link.whenUp();
    connection.subscribe(AUTH_DECIDE);
    await connection.flush();
    const start = performance.now();
    await expect(channel.decide(QUESTION)).rejects.toMatchObject(unavailable);
    expect(performance.now() - start).toBeGreaterThan(1_900);
    expect(performance.now() - start).toBeLessThan(4_000);
    await link.close();
  });

  it('tells of announced revocations from the first question on, and passes over what is none', async () => {
    const auth = await answerer(AUTH_DECIDE, () => GOOD);
    const heard: Revocation[] = [];
    const stop = channel.onRevoked((revocation) => heard.push(revocation));
    await channel.decide(QUESTION);
    const connection = auth.connection();
    for (const text of [
      '',
      'no json',
      '{}',
      '{"keyId":7}',
      '{"keyId":"k","fingerprint":"f"}',
      '{"keyId":"j"}',
    ]) {
      connection.publish(ACCESS_REVOKED, text);
    }
    await eventually('both are heard', () => heard.length === 2);
    expect(heard).toEqual([{ keyId: 'k', fingerprint: 'f' }, { keyId: 'j' }]);
    stop();
    await auth.close();
  });

  it('starts without NATS, and survives its end', async () => {
    await server.stop();
    const late = new NatsAuthChannel({ url: server.url, name: 'late' });
    await expect(late.decide(QUESTION)).rejects.toMatchObject(unavailable);

    server = await startNatsServer({ port: server.port });
    const auth = await answerer(AUTH_DECIDE, () => GOOD);
    expect(await late.decide(QUESTION)).toEqual(GOOD);
    const heard: Revocation[] = [];
    late.onRevoked((revocation) => heard.push(revocation));

    server.kill('SIGKILL');
    await server.exited;
    await expect(late.decide(QUESTION)).rejects.toMatchObject(unavailable);

    await server.restart();
    await eventually('questions are answered again', () => late.decide(QUESTION));
    await eventually('announcements are heard again, each once', async () => {
      heard.length = 0;
      const connection = await auth.whenUp();
      connection.publish(ACCESS_REVOKED, '{"keyId":"k"}');
      await connection.flush();
      await late.decide(QUESTION);
      return heard.length > 0;
    });
    expect(heard).toEqual([{ keyId: 'k' }]);
    await auth.close();
    await late.close();
  });

  it('closes while NATS is away', async () => {
    const lost = new NatsAuthChannel({ url: 'nats://127.0.0.1:1', name: 'lost' });
    const asked = expect(lost.decide(QUESTION)).rejects.toMatchObject(unavailable);
    await lost.close();
    await asked;
  });
});
