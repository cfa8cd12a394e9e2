import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Problem } from '#libs/contracts';
import { NatsLink } from '#libs/nats-connection';
import { eventually } from '#libs/testing';
import { Catalogue } from './catalogue.js';
import { type Nats, newWorkspace, startNats } from './fixtures/nats-fixture.js';

let nats: Nats;
let catalogue: Catalogue;
let workspace: string;

beforeAll(async () => {
  nats = await startNats();
  catalogue = new Catalogue(nats.link, { replicas: 1 });
});

beforeEach(() => {
  workspace = newWorkspace();
});

afterAll(() => nats?.close());

const workflow = (name?: string) => catalogue.create({ kind: 'workflow', type: 'workflow', workspace, name });

describe('Catalogue without NATS', () => {
  it('refuses at once, and works again by itself when NATS is back, with everything kept', async () => {
    const entry = await workflow('lasting');
    const down = new Promise<void>((resolve) => {
      const stop = nats.link.onDown(() => {
        stop();
        resolve();
      });
    });
    const restarted = nats.server.restart();
    await down;
    await expect(catalogue.get(entry.id)).rejects.toBeInstanceOf(Problem);
    await restarted;
    expect(await eventually('the catalogue answers', () => catalogue.get(entry.id))).toEqual(entry);
    expect((await workflow('lasting')).name).toBe('lasting-1');
  });

  it('can be opened before there is a server', async () => {
    const absent = NatsLink.open({ url: 'nats://127.0.0.1:1', name: 'catalogue spec' });
    const early = new Catalogue(absent, { replicas: 1 });
    await expect(early.list('default')).rejects.toMatchObject({ code: 'unavailable', retryAfterS: 1 });
    await absent.close();
  });

  it('makes its bucket again when an operator has deleted it', async () => {
    await workflow('before');
    await nats.link.connection().request('$JS.API.STREAM.DELETE.KV_RUNNEL_CATALOGUE');
    expect((await eventually('a new bucket', () => workflow('before'))).name).toBe('before');
  });
});
