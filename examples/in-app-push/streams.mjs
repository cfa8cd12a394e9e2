// What comes one after another, sent as fast as the visitor reads: the values of an iterable, the chunks of a stream.
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { createSession } from 'runnel/sse';
import { serve } from './serve.mjs';

async function* countdown() {
  for (let left = 3; left > 0; left -= 1) yield left;
}

const app = express();

app.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { index: 'streams.html' }));

app.get('/sse', async (req, res) => {
  const session = await createSession(req, res);

  await session.iterate(countdown());
  await session.iterate(['ready', 'steady'], { eventName: 'word' });

  // True when all of it was sent; false when the visitor left before.
  const done = await session.stream(Readable.from([1, 2, 3]));

  session.push({ done }, 'stream');
});

export const server = await serve(app);
