import type { StreamRef } from './stream.js';
import { subjectOf, subjectPattern, subjectsOf } from './stream-subject.js';

/* Where it is told that the first subscriber of a stream has come, or the last one left (docs/nats.md, ADR 0012). */

const PREFIX = 'presence';
// Marked as free of effects, so that the client for pages does not carry it.
const SUBJECT = /* @__PURE__ */ subjectPattern(PREFIX);

/** Every stream's subject. */
export const PRESENCE_SUBJECTS = `${PREFIX}.*.*`;

/** The subject on which it is told of one stream. */
export function presenceSubject(ref: StreamRef): string {
  return subjectOf(PREFIX, ref);
}

/** All subjects of a workspace, those of streams that are made later included. */
export function presenceSubjectsOf(workspace: string): string {
  return subjectsOf(PREFIX, workspace);
}

/** Whether the subject is one that {@link presenceSubject} writes. */
export function isPresenceSubject(subject: string): boolean {
  return SUBJECT.test(subject);
}
