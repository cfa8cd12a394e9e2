import { hash } from 'node:crypto';
import type { StreamRef } from '#libs/contracts';

/** The shard that keeps a stream: fixed for as long as the number of shards is (ADR 0003). */
export function shardOf({ workspace, stream }: StreamRef, shards: number): number {
  return Number.parseInt(hash('sha256', `${workspace}\0${stream}`).slice(0, 8), 16) % shards;
}

/** The JetStream stream of a shard. */
export function shardName(shard: number): string {
  return `EVENTS_${shard}`;
}

/**
 * The epoch of a stream's cursors.
 *
 * @param log what tells the log of the shard from an earlier one of the same name
 */
export function epochOf(log: string, shard: string, { workspace, stream }: StreamRef): string {
  return hash('sha256', `${log}\0${shard}\0${workspace}\0${stream}`).slice(0, 12);
}

/** Where a stream's events are published and stored. */
export function eventSubject(shard: number, { workspace, stream }: StreamRef): string {
  return `events.${shard}.${token(workspace)}.${token(stream)}`;
}

/** Where JetStream republishes a stream's events once it has stored them. */
export function liveSubject({ workspace, stream }: StreamRef): string {
  return `live.${token(workspace)}.${token(stream)}`;
}

/**
 * The JetStream message id of an idempotency key. JetStream's ids are unique in a shard, over all its subjects,
 * so workspace and stream are part of it: a key never touches another stream or tenant.
 */
export function messageId({ workspace, stream }: StreamRef, key: string): string {
  return hash('sha256', `${workspace}\0${stream}\0${key}`, 'base64url').slice(0, 22);
}

/** A caller's text must never become a subject token: only ids that Runnel made get here. */
export function token(id: string): string {
  if (!/^[0-9A-Za-z_-]+$/.test(id)) throw new TypeError('Not an id of Runnel: cannot be a subject token.');
  return id;
}
