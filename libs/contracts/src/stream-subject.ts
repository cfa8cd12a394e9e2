import type { StreamRef } from './stream.js';

/*
 * Subjects of NATS that name a stream: `<prefix>.<workspace>.<stream>`. A caller's text must never become a subject
 * token, or `*` would reach other streams.
 */

const TOKEN = /^[0-9A-Za-z_-]+$/;

/** The subject of one stream. @throws TypeError for what is no id of Runnel */
export function subjectOf(prefix: string, { workspace, stream }: StreamRef): string {
  return `${prefix}.${subjectToken(workspace)}.${subjectToken(stream)}`;
}

/** The subjects of all streams of a workspace, those that are made later included. */
export function subjectsOf(prefix: string, workspace: string): string {
  return `${prefix}.${subjectToken(workspace)}.*`;
}

/** Matches what {@link subjectOf} writes for a prefix, and takes workspace and stream out of it. */
export function subjectPattern(prefix: string): RegExp {
  return new RegExp(`^${prefix}\\.([0-9A-Za-z_-]+)\\.([0-9A-Za-z_-]+)$`);
}

/** An id as a token. @throws TypeError for what is no id of Runnel */
export function subjectToken(id: string): string {
  if (!TOKEN.test(id)) throw new TypeError('Not an id of Runnel: cannot be a subject token.');
  return id;
}
