import type { StreamRef } from './stream.js';
import { subjectOf, subjectPattern, subjectsOf, subjectToken } from './stream-subject.js';

/*
 * What publishers who speak NATS see of Runnel (ADR 0010). Ingest takes what comes on these
 * subjects; where events are stored is nobody's affair but the event log's.
 */

const PREFIX = 'publish';
// Marked as free of effects, so that the client for pages does not carry it.
const SUBJECT = /* @__PURE__ */ subjectPattern(PREFIX);

/** Every stream's subject. */
export const PUBLISH_SUBJECTS = `${PREFIX}.*.*`;

/** The subject that a stream's events are published on: its `nats_subject`. */
export function publishSubject(ref: StreamRef): string {
  return subjectOf(PREFIX, ref);
}

/** All subjects of a workspace, those of streams that are made later included. */
export function publishSubjectsOf(workspace: string): string {
  return subjectsOf(PREFIX, workspace);
}

/** The stream that a subject is for, or undefined when it is none that {@link publishSubject} writes. */
export function streamOfSubject(subject: string): StreamRef | undefined {
  const [, workspace, stream] = SUBJECT.exec(subject) ?? [];
  return workspace === undefined || stream === undefined ? undefined : { workspace, stream };
}

/** What the inboxes of a publisher begin with: it hears the answers to its own messages and nobody else's. */
export function inboxPrefixOf(keyId: string): string {
  return `_INBOX_${subjectToken(keyId)}`;
}
