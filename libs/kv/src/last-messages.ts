import type { JetStreamManager } from '@nats-io/jetstream';

/** What the newest message of a subject says, and its sequence. */
interface LastMessage {
  readonly text: string;
  readonly revision: number;
}

/**
 * The newest message on each of these subjects, in one request. An answer that is too large for one is cut short:
 * a subject that is missing here may still have a message.
 *
 * With a callback, since the client leaves an inbox behind for some seconds when its answer is iterated over.
 */
export function lastMessages(
  manager: JetStreamManager,
  stream: string,
  subjects: string[],
  timeoutMs: number,
): Promise<Map<string, LastMessage>> {
  return new Promise((resolve, reject) => {
    const found = new Map<string, LastMessage>();
    const asked = manager.direct.getLastMessagesFor(stream, {
      multi_last: subjects,
      callback: (done, message) => {
        if (done === null) {
          if (message.data.length > 0)
            found.set(message.subject, { text: message.string(), revision: message.seq });
          return;
        }
        clearTimeout(timer);
        if (done.err === undefined) resolve(found);
        else reject(done.err);
      },
    });
    const timer = setTimeout(() => {
      const late = new Error('The answer has no end.');
      asked.then((answer) => answer.stop(late), reject);
      reject(late);
    }, timeoutMs);
    asked.catch(reject);
  });
}
