import { connect, named } from '#examples/connect';

/** The stream of the source that is named on the command line, or of an http source that is made for it. */
export async function sourceToListenTo() {
  const { client, apiKey } = await connect();
  const name = process.argv[2] ?? 'webhook';
  const { id, endpoint } = await named(client.sources, { type: 'http', name });
  const url = client.sseUrl({ kind: 'source', id });
  console.error(`Listening to ${url}`);
  if (endpoint !== undefined) console.error(`Send something: curl ${endpoint} -d hello=world`);
  return { url, apiKey };
}
