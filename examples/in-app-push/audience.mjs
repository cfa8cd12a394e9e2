// Who is who: each session remembers its visitor, and a broadcast may go to some of them only.
import { fileURLToPath } from 'node:url';
import express from 'express';
import { createChannel, createSession } from 'runnel/sse';
import { serve } from './serve.mjs';

const room = createChannel({ state: { messages: 0 } });

const app = express();

app.use(express.json());
app.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { index: 'audience.html' }));

app.get('/sse', async (req, res) => {
  const session = await createSession(req, res, { state: { name: String(req.query.name ?? 'nobody') } });

  room.register(session);
  room.broadcast(session.state.name, 'joined');
});

app.post('/messages', (req, res) => {
  const { to, text } = req.body;
  room.state.messages += 1;

  room.broadcast({ to: to ?? 'all', text }, 'message', {
    eventId: String(room.state.messages),
    filter: (session) => to === undefined || session.state.name === to,
  });

  res.status(202).json({ id: room.state.messages });
});

export const server = await serve(app);
