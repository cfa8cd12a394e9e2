// One session for each visitor: the server says hello.
import { fileURLToPath } from 'node:url';
import express from 'express';
import { createSession } from 'runnel/sse';
import { serve } from './serve.mjs';

const app = express();

app.use(express.static(fileURLToPath(new URL('public', import.meta.url)), { index: 'getting-started.html' }));

app.get(
  '/sse',
  // Opens the session and keeps it on the response, where the handlers that follow find it.
  async (req, res, next) => {
    const session = await createSession(req, res);

    res.sse = session;

    next();
  },
  (_req, res) => {
    res.sse.push('Hello, world!', 'ping');
  },
);

export const server = await serve(app);
