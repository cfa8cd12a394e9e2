// Listens to a source with fetch alone, and a parser: reconnecting, and going on after the last event, is done here.
import { setTimeout as pause } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { sourceToListenTo } from './source.mjs';

const { url, apiKey } = await sourceToListenTo();
let lastEventId;
let retryMs = 1_000;

for (;;) {
  try {
    const headers = { Authorization: `Bearer ${apiKey}` };
    if (lastEventId !== undefined) headers['Last-Event-ID'] = lastEventId;
    const response = await fetch(url, { headers });
    if (response.status >= 400 && response.status < 500) {
      // A refusal, such as that of a key that was revoked, stays one.
      console.error(await response.text());
      process.exit(1);
    }
    if (response.ok) await read(response.body);
  } catch (error) {
    console.error(`${error.cause?.code ?? error.message}: trying again`);
  }
  await pause(retryMs);
}

async function read(body) {
  const onRetry = (ms) => {
    retryMs = ms;
  };
  const events = body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream({ onRetry }));
  for await (const { id, event, data } of events) {
    lastEventId = id ?? lastEventId;
    // A name has what Runnel itself has to say: runnel.gap and runnel.closed.
    if (event === undefined) console.log(data);
    else console.error(`${event}: ${data}`);
  }
}
