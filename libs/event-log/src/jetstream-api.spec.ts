import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { JetStreamApiError } from '@nats-io/jetstream';
import { type LinkedNats, startLinkedNats } from '#libs/testing';
import { JetStreamApi } from './jetstream-api.js';

let nats: LinkedNats;
let api: JetStreamApi;
beforeAll(async () => {
  nats = await startLinkedNats();
  api = new JetStreamApi(nats.link);
});
afterAll(() => nats?.close());

/** What nats-server answers, with its status and code. */
const refusal = (code: number, err_code: number, description: string) =>
  Promise.reject(new JetStreamApiError({ code, err_code, description }));

describe('JetStreamApi', () => {
  it('says that the log is unavailable while servers have no leader, which is nobody’s mistake', async () => {
    const noLeader = api.call(() => refusal(503, 10008, 'JetStream system temporarily unavailable'));
    await expect(noLeader).rejects.toMatchObject({ name: 'Problem', code: 'unavailable' });
  });

  it('hands on what was refused for good', async () => {
    const refused = api.call(() => refusal(400, 10025, 'bad request'));
    await expect(refused).rejects.toBeInstanceOf(JetStreamApiError);
    await expect(api.call(({ streams }) => streams.info('NO_SUCH'))).rejects.toMatchObject({ status: 404 });
  });
});
