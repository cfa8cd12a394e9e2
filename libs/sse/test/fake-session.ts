import { Session } from '../src/session/session.js';
import type { SessionBehaviour } from '../src/session/session-options.js';
import { FakeConnection } from './fake-connection.js';
import { turn } from './turns.js';

const opened: { end(): void }[] = [];

/** A connected session without a network, its first bytes put aside, and why it ended. */
export async function openFake<State>(
  options: SessionBehaviour<State> = {},
  connection = new FakeConnection(),
) {
  const session = new Session<State>(connection, { retry: null, ...options });
  opened.push(session);
  await turn();
  const { outlet } = connection;
  outlet.received = '';
  outlet.writes = 0;
  const reasons: string[] = [];
  session.on('disconnected', (reason) => reasons.push(reason));
  return { session, connection, outlet, reasons };
}

/** Ends what a test has left open: all sessions of a process share their timers. */
export function endFakes(): void {
  for (const session of opened.splice(0)) session.end();
}
