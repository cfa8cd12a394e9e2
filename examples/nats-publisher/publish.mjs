// Publishes a price through NATS, without HTTP, and prints Runnel's answer: only that means that it is stored.
import { connect as connectToNats, headers } from '@nats-io/transport-node';
import { connect, named } from '#examples/connect';

const { client, apiKey } = await connect();
const { id } = await named(client.workflows, { name: 'prices' });
const { nats_subject: subject } = await client.streams.get(id);

const nats = await connectToNats({
  servers: process.env.NATS_URL ?? 'nats://127.0.0.1:4222',
  token: apiKey,
  // A key hears the answers to its own messages, under the id that stands between its underscores.
  inboxPrefix: `_INBOX_${apiKey.split('_')[1]}`,
});

const fields = headers();
fields.set('Runnel-Channel', 'price');
// The same id stores once within two minutes, however often this is sent.
fields.set('Nats-Msg-Id', process.argv[2] ?? crypto.randomUUID());

const payload = JSON.stringify({ symbol: 'EUR', price: 1.07 });
const answer = (await nats.request(subject, payload, { headers: fields })).json();
console.log(JSON.stringify(answer));

await nats.close();
process.exitCode = answer.error === undefined ? 0 : 1;
