// One channel for all visitors: a count that is the same for everybody, and how many are there.
import { fileURLToPath } from 'node:url';
import express from 'express';
import { createChannel, createSession } from 'runnel/sse';
import { serve } from './serve.mjs';

const ticker = createChannel();

let count = 0;

const counting = setInterval(() => {
  count += 1;
  ticker.broadcast(count, 'tick');
}, 1_000);

const broadcastSessionCount = () => {
  ticker.broadcast(ticker.sessionCount, 'session-count');
};

ticker.on('session-registered', broadcastSessionCount).on('session-deregistered', broadcastSessionCount);

const app = express();

app.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { index: 'channels.html' }));

app.get('/sse', async (req, res) => {
  const session = await createSession(req, res);

  ticker.register(session);
});

export const server = await serve(app);

server.once('close', () => clearInterval(counting));
