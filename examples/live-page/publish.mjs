// Publishes a price every second, and prints the address of the page that shows them.
import { setTimeout as pause } from 'node:timers/promises';
import { connect, named } from '#examples/connect';

const { client } = await connect();
const { id } = await named(client.workflows, { name: 'prices' });

const page = new URL('index.html', import.meta.url);
page.hash = client.sseUrl({ kind: 'workflow', id });
console.log(`Open ${page}`);

const prices = { EUR: 1.07, GBP: 1.27, CHF: 1.13 };
for (;;) {
  for (const symbol of Object.keys(prices)) {
    prices[symbol] = Number((prices[symbol] * (0.99 + Math.random() / 50)).toFixed(4));
    await client.publish(id, { channel: 'price', payload: { symbol, price: prices[symbol] } });
  }
  await pause(1_000);
}
