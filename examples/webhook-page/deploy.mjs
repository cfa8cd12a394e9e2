// Deploys a webhook whose stream every page may read, and prints its address and that of a page that shows it.
import { connect, named } from '#examples/connect';

const { client } = await connect();
const { id, endpoint } = await named(client.sources, {
  type: 'http',
  name: 'webhook-page',
  visibility: 'public',
});

const page = new URL('index.html', import.meta.url);
page.hash = client.sseUrl({ kind: 'source', id });
console.log(`Open ${page}`);
console.log(`Then post something: curl ${endpoint} -d hello=world`);
