import { Crowd } from './crowd.js';
import type { Command, Look, Reply, Request } from './protocol.js';

/** A load client: a process of its own, so that its work is not counted among a server's. */
const crowd = new Crowd();

process.on('message', (request: Request) => void answer(request));
// Without the program that started it, there is nothing left to do.
process.on('disconnect', () => process.exit());

async function answer({ id, command }: Request): Promise<void> {
  const reply = await obey(command).then(
    (value): Reply => ({ id, ok: true, value }),
    (error: unknown): Reply => ({
      id,
      ok: false,
      error: error instanceof Error ? error.message : String(error),
    }),
  );
  process.send?.(reply);
}

async function obey(command: Command): Promise<Look | undefined> {
  switch (command.do) {
    case 'open':
      await crowd.open(command);
      return undefined;
    case 'await':
      await crowd.reach(command.events, command.patienceMs);
      return undefined;
    case 'look':
      return crowd.look();
    case 'close':
      crowd.close();
      return undefined;
  }
}
