import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { TicketKeyStore } from '#libs/access';
import { NatsLink } from '#libs/nats-connection';
import { type NatsServer, startNatsServer } from '#libs/nats-server';
import { SigningKeys } from './signing-keys.js';

const DAY_MS = 24 * 3_600_000;

let server: NatsServer;
let links: NatsLink[];
let stores: TicketKeyStore[];
let now: number;
let replicas: SigningKeys[];

beforeAll(async () => {
  server = await startNatsServer();
  links = Array.from({ length: 5 }, (_, n) => NatsLink.open({ url: server.url, name: `replica ${n}` }));
  await Promise.all(links.map((link) => link.whenUp()));
  stores = links.map((link) => new TicketKeyStore(link, { replicas: 1 }));
});
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  await server.stop();
});
beforeEach(async () => {
  await stores[0]?.change(() => []);
  now = Date.now();
  replicas = stores.map((store) => new SigningKeys(store, () => now));
});

const kidsOf = async (keys: SigningKeys | undefined) => (await keys?.published())?.map(({ kid }) => kid);

describe('the keys of tickets', () => {
  it('are one and the same however many replicas need it at once', async () => {
    const kids = await Promise.all(replicas.map(async (keys) => (await keys.current()).kid));
    expect(new Set(kids).size).toBe(1);
    expect(await kidsOf(replicas[4])).toEqual([kids[0]]);
  });

  it('are published without their secret part', async () => {
    const published = (await replicas[0]?.published()) ?? [];
    expect(published).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        alg: 'EdDSA',
        use: 'sig',
        kid: expect.any(String),
        x: expect.any(String),
      },
    ]);
  });

  it('are replaced after 30 days, the old one verifying for as long as its tickets may live', async () => {
    const [old] = (await kidsOf(replicas[0])) ?? [];
    now += 30 * DAY_MS;
    const kids = await Promise.all(replicas.map(async (keys) => (await keys.current()).kid));
    expect(new Set(kids).size).toBe(1);
    expect(await kidsOf(replicas[1])).toEqual([kids[0], old]);
    now += 30 * DAY_MS;
    const newest = (await replicas[3]?.current())?.kid;
    expect(await kidsOf(replicas[0])).toEqual([newest, kids[0]]);
  });

  it('are read again when the clock was set back', async () => {
    await replicas[1]?.published();
    now -= 3_600_000;
    const [only] = (await replicas[0]?.replace()) ?? [];
    expect(await replicas[1]?.published()).toEqual([only]);
  });

  it('are all gone when they are replaced by hand, for every replica a second later', async () => {
    const [kid] = (await kidsOf(replicas[0])) ?? [];
    expect(await kidsOf(replicas[1])).toEqual([kid]);
    const [only, ...others] = (await replicas[0]?.replace()) ?? [];
    expect([only?.kid === kid, others]).toEqual([false, []]);
    expect((await replicas[0]?.current())?.kid).toBe(only?.kid);
    now += 1_000;
    expect(await kidsOf(replicas[1])).toEqual([only?.kid]);
  });
});
