import { expect } from '@jest/globals';
import { eventually, type NumberListener, type NumberPublisher, type System } from '#libs/testing';

/** Milliseconds in which everybody must have caught up once all is well again. */
const CATCH_UP_MS = 30_000;

export interface Witnesses {
  readonly system: System;
  readonly stream: string;
  readonly publisher: NumberPublisher;
  readonly listeners: readonly NumberListener[];
  /** Whether listeners may have been told of a gap. Default: no. */
  readonly gaps?: 'allowed' | 'none';
}

/**
 * Ends the publisher and checks what is promised whatever was broken meanwhile: what was confirmed is in the history,
 * everybody heard a contiguous run of it, under the ids that were confirmed, or was told of the gap; and nobody was
 * answered anything but 201 and 503, or left without an answer.
 */
export async function expectPromisesKept(witnesses: Witnesses): Promise<void> {
  const { system, publisher, listeners, gaps = 'none' } = witnesses;
  const total = await publisher.stop();
  expect(publisher.faults).toEqual([]);
  await eventually(
    `everybody has ${total - 1}, of ${listeners.map(({ last, faults }) => `${last}${faults}`)}`,
    () => listeners.every(({ last }) => last >= total - 1),
    CATCH_UP_MS,
  );
  for (const listener of listeners) {
    expect(listener.faults).toEqual([]);
    expect(listener.hole).toBeUndefined();
    expect(listener.last).toBe(total - 1);
    if (gaps === 'none') expect(listener.gaps).toBe(0);
    for (const [number, id] of listener.ids) expect(id).toBe(publisher.ids[number]);
  }
  await expectInHistory(witnesses, total);
  expect(system.complaints()).toEqual([]);
}

/** The newest confirmed events are what history has, each once and in order. */
async function expectInHistory({ system, stream, publisher }: Witnesses, total: number): Promise<void> {
  const { status, body } = await system.call('ingest', 'GET', `/v1/streams/${stream}/events?limit=100`);
  expect(status).toBe(200);
  const kept = (body.data as { id: string; payload: { n: number } }[]).map(({ id, payload }) => [
    payload.n,
    id,
  ]);
  const first = Math.max(0, total - 100);
  expect(kept).toEqual(publisher.ids.slice(first).map((id, index) => [first + index, id]));
}
