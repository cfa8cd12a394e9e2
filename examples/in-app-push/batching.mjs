// Many events in one write: for one session, for all sessions of a channel, and field by field without a session.
import { fileURLToPath } from 'node:url';
import express from 'express';
import { createChannel, createEventBuffer, createSession } from 'runnel/sse';
import { serve } from './serve.mjs';

const visitors = createChannel();

const app = express();

app.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { index: 'batching.html' }));

app.get('/sse', async (req, res) => {
  const session = await createSession(req, res);

  // A buffer of the session's own, sent when the callback is done.
  await session.batch(async (buffer) => {
    await buffer.iterate(['a', 'long', 'list', 'of', 'events']);
  });

  visitors.register(session);

  // A buffer for any number of sessions.
  const buffer = createEventBuffer();

  buffer.push('One');
  buffer.push('Two');
  buffer.push('Three');

  for (const visitor of visitors.activeSessions) {
    visitor.batch(buffer);
  }
});

app.get('/fields', (_req, res) => {
  const buffer = createEventBuffer();

  buffer.retry(2_400).event('my-event').id('123').data('one').data('two').data('three').dispatch();

  res.type('text/event-stream');
  res.write(buffer.read());
  res.end();

  buffer.clear();
});

export const server = await serve(app);
