import type { NatsLink } from '#libs/nats-connection';

/**
 * Says something to whoever listens, and returns when the server has it. What is announced can be lost, and is
 * found out by other means then: a failure is none of the caller's.
 */
export async function announce(link: NatsLink, subject: string, message: object): Promise<void> {
  try {
    await link.whileUp(async (connection) => {
      connection.publish(subject, JSON.stringify(message));
      await connection.flush();
    });
  } catch {
    // The connection was lost.
  }
}
