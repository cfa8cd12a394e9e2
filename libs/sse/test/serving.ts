import type { ServerResponse } from 'node:http';
import { createSession } from '../src/session/create-session.js';
import type { Session } from '../src/session/session.js';
import type { SessionOptions } from '../src/session/session-options.js';
import { type Handler, TestServer } from './test-server.js';
import { until } from './turns.js';

const stops: (() => unknown)[] = [];

/** Has something done by {@link stopServing}. */
export function whenStopping(stop: () => unknown): void {
  stops.push(stop);
}

/** Stops what was begun since the last call, the latest first. To be called after each test. */
export async function stopServing(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

/** A server on a free port, until {@link stopServing}. */
export async function serve(handler: Handler): Promise<TestServer> {
  const server = await TestServer.start(handler);
  whenStopping(() => server.stop());
  return server;
}

/** A server that opens a session for each request and hands it over. */
export async function serveSessions(options: SessionOptions = {}, prepare?: (res: ServerResponse) => void) {
  const sessions: Session[] = [];
  const { url, port } = await serve(async (req, res) => {
    prepare?.(res);
    sessions.push(await createSession(req, res, options));
  });
  const first = async (): Promise<Session> => {
    await until(() => sessions.length > 0);
    return sessions[0] as Session;
  };
  return { url, port, sessions, first };
}
