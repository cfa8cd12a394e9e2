import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FakeChannel, principalFor } from '../test/fake-channel.js';
import { type SigningPair, signingPair } from '../test/signing-pair.js';
import { AccessService } from './access-service.js';
import { hashSecret, keyIdOf, newApiKey, parseApiKey } from './api-key.js';
import type { Principal } from './principal.js';
import { writeTicket } from './tickets/ticket-claims.js';

let channel: FakeChannel;
let access: AccessService;

beforeEach(() => {
  jest.useFakeTimers();
  channel = new FakeChannel();
  access = new AccessService(channel);
});
afterEach(async () => {
  await access.close();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

/** A key that the channel knows. */
function knownKey(more: Partial<Principal> = {}): { key: string; keyId: string; principal: Principal } {
  const key = newApiKey();
  const keyId = parseApiKey(key)?.keyId as string;
  const principal = principalFor(keyId, hashSecret(key), more);
  channel.decisions.set(hashSecret(key), { ok: true, principal });
  return { key, keyId, principal };
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const refused = { code: 'bad-credential' };
const unavailable = { code: 'unavailable' };

describe('authenticate', () => {
  it('answers who shows the key, asking with its hash and never with the key', async () => {
    const { key, keyId, principal } = knownKey();
    expect(await access.authenticate(key)).toEqual(principal);
    expect(channel.questions).toEqual([{ kind: 'api-key', keyId, hash: hashSecret(key) }]);
  });

  it('refuses what cannot be a credential without asking', async () => {
    const { key } = knownKey();
    for (const text of ['', 'x', 'rnl_x', key.slice(0, 23), `${key} `, 'a.b', `eyJ.b.${'c'.repeat(5_000)}`]) {
      await expect(access.authenticateSubscriber(text)).rejects.toMatchObject(refused);
    }
    expect(channel.questions).toEqual([]);
  });

  it('says the same for every reason, and repeats nothing of the credential', async () => {
    const unknown = newApiKey();
    const revoked = newApiKey();
    channel.decisions.set(hashSecret(revoked), { ok: false, reason: 'revoked' });
    const messages = await Promise.all(
      [unknown, revoked, 'x'].map((text) => access.authenticate(text).catch((error: Error) => error.message)),
    );
    expect(new Set(messages).size).toBe(1);
  });

  it('uses a good answer for three seconds', async () => {
    const { key } = knownKey();
    await access.authenticate(key);
    await pass(2_900);
    await access.authenticate(key);
    expect(channel.questions).toHaveLength(1);
    await pass(200);
    await access.authenticate(key);
    expect(channel.questions).toHaveLength(2);
  });

  it('uses a refusal for one second, so that a key works soon after it was made', async () => {
    const key = newApiKey();
    await expect(access.authenticate(key)).rejects.toMatchObject(refused);
    await expect(access.authenticate(key)).rejects.toMatchObject(refused);
    expect(channel.questions).toHaveLength(1);
    channel.decisions.set(hashSecret(key), { ok: true, principal: principalFor('k', hashSecret(key)) });
    await pass(1_000);
    expect(await access.authenticate(key)).toMatchObject({ keyId: 'k' });
  });

  it('puts one question for all who ask about the same credential at once', async () => {
    const { key } = knownKey();
    await Promise.all(Array.from({ length: 50 }, () => access.authenticate(key)));
    expect(channel.questions).toHaveLength(1);
  });

  it('bounds the questions under way in a flood of made-up keys', async () => {
    const { key } = knownKey();
    let open = () => {};
    channel.gate = new Promise((resolve) => {
      open = resolve;
    });
    const flood = Array.from({ length: 1_500 }, () =>
      access.authenticate(newApiKey()).catch((e: unknown) => e),
    );
    await pass(0);
    expect(channel.questions).toHaveLength(1_000);
    await expect(access.authenticate(key)).rejects.toMatchObject(unavailable);
    open();
    const results = (await Promise.all(flood)) as { code: string }[];
    expect(results.filter(({ code }) => code === 'unavailable')).toHaveLength(500);
    expect(await access.authenticate(key)).toBeDefined();
  });

  it('does not forget good keys in a flood of made-up ones', async () => {
    const { key } = knownKey();
    await access.authenticate(key);
    for (let n = 0; n < 11; n += 1) {
      await Promise.all(Array.from({ length: 999 }, () => access.authenticate(newApiKey()).catch(() => {})));
    }
    const asked = channel.questions.length;
    await access.authenticate(key);
    expect(channel.questions).toHaveLength(asked);
  });

  it('refuses an expired key by its own clock, also from memory', async () => {
    const { key } = knownKey({ expiresAt: Date.now() + 1_000 });
    await access.authenticate(key);
    await pass(1_000);
    await expect(access.authenticate(key)).rejects.toMatchObject(refused);
  });

  it('asks about a text that we have not made under the id that its hash gives, and remembers refusals', async () => {
    const text = 'rnl_made-by-somebody-else';
    const question = { kind: 'api-key', keyId: keyIdOf(text), hash: hashSecret(text) };
    await expect(access.authenticate(text)).rejects.toMatchObject(refused);
    await expect(access.authenticate(text)).rejects.toMatchObject(refused);
    expect(channel.questions).toEqual([question]);
    await pass(1_000);
    channel.decisions.set(hashSecret(text), { ok: true, principal: principalFor('k', hashSecret(text)) });
    expect(await access.authenticate(text)).toMatchObject({ keyId: 'k' });
  });
});

describe('recall', () => {
  const address = '192.0.2.1';

  it('knows a key that was looked at in the last three seconds, and asks nobody', async () => {
    const { key, principal } = knownKey();
    expect(access.recall(key, address)).toBeUndefined();
    await access.authenticate(key, address);
    await pass(2_900);
    expect(access.recall(key, address)).toEqual(principal);
    await pass(200);
    expect(access.recall(key, address)).toBeUndefined();
    expect(channel.questions).toHaveLength(1);
  });

  it('knows nothing of a key that was revoked meanwhile, nor of what is no key', async () => {
    const { key, keyId } = knownKey();
    await access.authenticate(key, address);
    channel.announce({ keyId });
    for (const text of [key, '', 'rnl_x', 'a.b.c']) {
      expect(access.recall(text, address)).toBeUndefined();
    }
  });

  it('refuses what has expired or was refused a moment ago, and counts it as a failure of the address', async () => {
    const limited = new AccessService(channel, { failuresPerMinute: 3 });
    const expired = knownKey({ expiresAt: Date.now() + 1_000 });
    await limited.authenticate(expired.key, address);
    await pass(1_000);
    const unknown = newApiKey();
    await expect(limited.authenticate(unknown, address)).rejects.toMatchObject(refused);
    const recall = (key: string) => () => limited.recall(key, address);
    expect(recall(unknown)).toThrow(expect.objectContaining(refused));
    expect(recall(expired.key)).toThrow(expect.objectContaining(refused));
    expect(recall(newApiKey())).toThrow(expect.objectContaining({ code: 'too-many-requests' }));
    await limited.close();
  });

  it('counts as one request of the key', async () => {
    const limited = new AccessService(channel, { requestsPerSecond: 2 });
    const { key, principal } = knownKey();
    await limited.authenticate(key, address);
    expect(limited.recall(key, address)).toEqual(principal);
    const again = () => limited.recall(key, address);
    expect(again).toThrow(expect.objectContaining({ code: 'too-many-requests', limit: 'requests-per-key' }));
    await limited.close();
  });
});

describe('a ticket', () => {
  const owner = principalFor('k', 'f'.repeat(64), { streams: ['p_1', 'p_2'], root: true });
  const { keyId, fingerprint } = owner;
  let signing: SigningPair;
  beforeEach(async () => {
    signing = await signingPair();
    channel.publicKeys = [signing.publicKey];
    channel.decisions.set(keyId, { ok: true, principal: owner });
  });
  const ticketFor = (claims: object = {}, lifeS = 60) => {
    const issuedAtS = Math.floor(Date.now() / 1_000);
    const all = { issuedBy: { keyId, fingerprint }, workspace: 'default', streams: ['p_1'], ...claims };
    return writeTicket(signing, all, { issuedAtS, expiresAtS: issuedAtS + lifeS });
  };

  it('stands for the key that asked for it, for what it says and no more', async () => {
    const principal = await access.authenticateSubscriber(await ticketFor({ channels: ['a'] }));
    const { expiresAt, ...rest } = principal;
    expect(rest).toEqual({ ...owner, scopes: ['subscribe'], streams: ['p_1'], channels: ['a'], root: false });
    expect((expiresAt as number) - Date.now()).toBeLessThanOrEqual(61_000);
  });

  it('is verified here: however many there are of a key, the key is asked about once', async () => {
    const tickets = await Promise.all(Array.from({ length: 50 }, () => ticketFor()));
    await Promise.all(tickets.map((ticket) => access.authenticateSubscriber(ticket)));
    expect(channel.questions).toEqual([{ kind: 'key-behind-ticket', keyId, fingerprint }]);
    expect(channel.ticketKeyQuestions).toBe(1);
  });

  it('is refused without a question when it is not ours', async () => {
    const ticket = await ticketFor();
    await access.authenticateSubscriber(ticket);
    const asked = channel.questions.length;
    for (const text of [`${ticket.slice(0, -4)}AAAA`, 'eyJh.eyJz.sig']) {
      await expect(access.authenticateSubscriber(text)).rejects.toMatchObject(refused);
    }
    expect(channel.questions).toHaveLength(asked);
  });

  it('ends at its time, also from memory, and with the key behind it if that is earlier', async () => {
    const ticket = await ticketFor({}, 10);
    await access.authenticateSubscriber(ticket);
    await pass(12_000);
    await expect(access.authenticateSubscriber(ticket)).rejects.toMatchObject(refused);
    const expiresAt = Date.now() + 5_000;
    channel.decisions.set(keyId, { ok: true, principal: { ...owner, expiresAt } });
    expect((await access.authenticateSubscriber(await ticketFor())).expiresAt).toBe(expiresAt);
  });

  it('is not enough where no stream is opened, however good it is', async () => {
    await expect(access.authenticate(await ticketFor())).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('is refused at once when the key that asked for it is revoked', async () => {
    const ticket = await ticketFor();
    await access.authenticateSubscriber(ticket);
    channel.decisions.set(keyId, { ok: false, reason: 'revoked' });
    channel.announce({ keyId });
    await expect(access.authenticateSubscriber(ticket)).rejects.toMatchObject(refused);
  });

  it('is good for a minute while nobody can be asked, one that was never seen too', async () => {
    await access.authenticateSubscriber(await ticketFor());
    channel.reachable = false;
    await pass(50_000);
    expect(await access.authenticateSubscriber(await ticketFor())).toBeDefined();
    await pass(10_001);
    await expect(access.authenticateSubscriber(await ticketFor())).rejects.toMatchObject(unavailable);
  });
});

describe('while nobody can be asked', () => {
  it('lets known keys in for a minute, and answers unavailable for others, never refused', async () => {
    const { key } = knownKey();
    await access.authenticate(key);
    channel.reachable = false;
    await pass(50_000);
    expect(await access.authenticate(key)).toBeDefined();
    await expect(access.authenticate(newApiKey())).rejects.toMatchObject(unavailable);
    await pass(10_001);
    await expect(access.authenticate(key)).rejects.toMatchObject(unavailable);
  });

  it('counts the minute from when a key was last known to be good, by its open connections too', async () => {
    const { key, principal } = knownKey();
    await access.authenticate(key);
    const stop = access.watch(principal, () => {});
    await pass(3_600_000);
    expect(access.reachable).toBe(true);
    channel.reachable = false;
    await pass(5_000);
    stop();
    expect(access.reachable).toBe(false);
    await pass(50_000);
    expect(await access.authenticate(key)).toBeDefined();
    await pass(10_001);
    await expect(access.authenticate(key)).rejects.toMatchObject(unavailable);
    channel.reachable = true;
    await access.authenticate(key);
    expect(access.reachable).toBe(true);
  });

  it('does not make known keys wait for another failure within a second', async () => {
    const { key } = knownKey();
    await access.authenticate(key);
    await pass(5_000);
    channel.reachable = false;
    for (let n = 0; n < 10; n += 1) await access.authenticate(key);
    expect(channel.questions).toHaveLength(2);
    await pass(1_000);
    channel.reachable = true;
    await access.authenticate(key);
    expect(channel.questions).toHaveLength(3);
  });

  it('keeps neither revoked nor expired keys going', async () => {
    const revoked = knownKey();
    const expiring = knownKey({ expiresAt: Date.now() + 5_000 });
    await access.authenticate(revoked.key);
    await access.authenticate(expiring.key);
    channel.reachable = false;
    channel.announce({ keyId: revoked.keyId });
    await pass(5_000);
    await expect(access.authenticate(revoked.key)).rejects.toMatchObject(unavailable);
    await expect(access.authenticate(expiring.key)).rejects.toMatchObject(refused);
  });
});

describe('when a key is revoked', () => {
  it('asks again at once after the announcement', async () => {
    const { key, keyId } = knownKey();
    await access.authenticate(key);
    channel.decisions.clear();
    channel.announce({ keyId });
    await expect(access.authenticate(key)).rejects.toMatchObject(refused);
  });

  it('does not trust an answer that was on its way when the announcement came', async () => {
    const { key, keyId } = knownKey();
    let open = () => {};
    channel.gate = new Promise((resolve) => {
      open = resolve;
    });
    const answer = access.authenticate(key);
    const outcome = expect(answer).rejects.toMatchObject(refused);
    await pass(0);
    channel.decisions.clear();
    channel.announce({ keyId });
    open();
    await outcome;
    expect(channel.questions).toHaveLength(2);
  });

  it('forgets it also when a recheck finds out', async () => {
    const { key, keyId } = knownKey();
    const principal = await access.authenticate(key);
    channel.decisions.clear();
    channel.verdicts.set(keyId, 'access-revoked');
    const ended = new Promise((resolve) => access.watch(principal, resolve));
    await pass(1_000);
    expect(await ended).toBe('access-revoked');
    await expect(access.authenticate(key)).rejects.toMatchObject(refused);
  });
});

it('close() closes the channel and ends every watch without a word', async () => {
  const ends: string[] = [];
  access.watch(principalFor('k', 'h'), (reason) => ends.push(reason));
  await access.close();
  channel.announce({ keyId: 'k' });
  await pass(10_000);
  expect([channel.closed, ends, channel.rechecks]).toEqual([true, [], []]);
});

describe('an address that shows bad credentials', () => {
  const tooMany = { code: 'too-many-requests', limit: 'failed-credentials' };
  let limited: AccessService;
  beforeEach(() => {
    limited = new AccessService(channel, { failuresPerMinute: 3, requestsPerSecond: 0 });
  });
  afterEach(() => limited.close());

  const fail = async (times: number, address = 'a') => {
    for (let n = 0; n < times; n += 1) {
      await expect(limited.authenticate(newApiKey(), address)).rejects.toMatchObject(refused);
    }
  };

  it('is sent away after so many a minute, without anybody being asked, until some time has passed', async () => {
    await fail(3);
    const { key } = knownKey();
    const asked = channel.questions.length;
    for (const text of [newApiKey(), 'no key at all', key]) {
      await expect(limited.authenticate(text, 'a')).rejects.toMatchObject(tooMany);
    }
    expect(channel.questions).toHaveLength(asked);
    await pass(20_001);
    await expect(limited.authenticate(key, 'a')).resolves.toMatchObject({ name: 'test' });
    await fail(1);
    await expect(limited.authenticate(newApiKey(), 'a')).rejects.toMatchObject(tooMany);
  });

  it('says how long to wait', async () => {
    await fail(3);
    const error = await limited.authenticate(newApiKey(), 'a').catch((thrown: unknown) => thrown);
    expect((error as { retryAfterS: number }).retryAfterS).toBeCloseTo(20, 0);
  });

  it('goes on with the credentials that were good from there, and with no others', async () => {
    const [mine, others] = [knownKey().key, knownKey().key];
    await limited.authenticate(mine, 'a');
    await limited.authenticate(others, 'b');
    await fail(3);
    await expect(limited.authenticate(mine, 'a')).resolves.toMatchObject({ name: 'test' });
    await expect(limited.authenticate(others, 'a')).rejects.toMatchObject(tooMany);
  });

  it('is no trouble for other addresses, and none where no address is given', async () => {
    await fail(3);
    const { key } = knownKey();
    await expect(limited.authenticate(key, 'b')).resolves.toMatchObject({ name: 'test' });
    await expect(limited.authenticate(newApiKey())).rejects.toMatchObject(refused);
  });

  it('is not counted while nobody can be asked', async () => {
    channel.reachable = false;
    for (let n = 0; n < 10; n += 1) {
      await expect(limited.authenticate(newApiKey(), 'a')).rejects.toMatchObject(unavailable);
    }
    channel.reachable = true;
    await fail(1);
  });

  it('is answered alike for forged tickets, and a good ticket is never refused', async () => {
    const pair = await signingPair();
    channel.publicKeys = [pair.publicKey];
    const { key, keyId, principal } = knownKey();
    channel.decisions.set(keyId, { ok: true, principal });
    const nowS = Math.floor(Date.now() / 1_000);
    const ticket = await writeTicket(
      pair,
      { issuedBy: { keyId, fingerprint: principal.fingerprint }, workspace: 'default', streams: ['p_1'] },
      { issuedAtS: nowS, expiresAtS: nowS + 60 },
    );
    const forged = `${ticket.slice(0, -10)}AAAAAAAAAA`;
    for (let n = 0; n < 3; n += 1) {
      await expect(limited.authenticateSubscriber(forged, 'a')).rejects.toMatchObject(refused);
    }
    await expect(limited.authenticateSubscriber(forged, 'a')).rejects.toMatchObject(tooMany);
    await expect(limited.authenticateSubscriber(key, 'a')).rejects.toMatchObject(tooMany);
    await expect(limited.authenticateSubscriber(ticket, 'a')).resolves.toMatchObject({ streams: ['p_1'] });
  });

  it('cannot have all questions to itself', async () => {
    let open = () => {};
    channel.gate = new Promise((resolve) => {
      open = resolve;
    });
    const flood = Array.from({ length: 1_500 }, () =>
      limited.authenticate(newApiKey(), 'a').catch(({ code }: { code: string }) => code),
    );
    const { key } = knownKey();
    const neighbour = limited.authenticate(key, 'b');
    open();
    await expect(neighbour).resolves.toMatchObject({ name: 'test' });
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['bad-credential', 'too-many-requests']));
    expect(channel.questions.length).toBeLessThan(300);
  });
});

describe('a key that is used too often', () => {
  it('is refused until it may be used again, and no other key is', async () => {
    const limited = new AccessService(channel, { requestsPerSecond: 2 });
    const [busy, other] = [knownKey().key, knownKey().key];
    for (let n = 0; n < 2; n += 1) await limited.authenticate(busy);
    await expect(limited.authenticate(busy)).rejects.toMatchObject({
      code: 'too-many-requests',
      limit: 'requests-per-key',
      retryAfterS: 0.5,
    });
    await expect(limited.authenticate(other)).resolves.toBeDefined();
    await pass(501);
    await expect(limited.authenticate(busy)).resolves.toBeDefined();
    await limited.close();
  });
});
