import type { StreamRef } from './stream.js';

/*
 * What publishers who speak NATS see of Runnel (ADR 0010). Ingest takes what comes on these
 * subjects; where events are stored is nobody's affair but the event log's.
 */

/** Every stream's subject. */
export const PUBLISH_SUBJECTS = 'publish.*.*';

const SUBJECT = /^publish\.([0-9A-Za-z_-]+)\.([0-9A-Za-z_-]+)$/;

/** The subject that a stream's events are published on: its `nats_subject`. */
export function publishSubject({ workspace, stream }: StreamRef): string {
  return `publish.${token(workspace)}.${token(stream)}`;
}

/** All subjects of a workspace, those of streams that are made later included. */
export function publishSubjectsOf(workspace: string): string {
  return `publish.${token(workspace)}.*`;
}

/** The stream that a subject is for, or undefined when it is none that {@link publishSubject} writes. */
export function streamOfSubject(subject: string): StreamRef | undefined {
  const [, workspace, stream] = SUBJECT.exec(subject) ?? [];
  return workspace === undefined || stream === undefined ? undefined : { workspace, stream };
}

/** What the inboxes of a publisher begin with: it hears the answers to its own messages and nobody else's. */
export function inboxPrefixOf(keyId: string): string {
  return `_INBOX_${token(keyId)}`;
}

/** A caller's text must never become a subject token: only ids that Runnel made get here. */
function token(id: string): string {
  if (!/^[0-9A-Za-z_-]+$/.test(id)) throw new TypeError('Not an id of Runnel: cannot be a subject token.');
  return id;
}
