import { z } from 'zod';
import type { StreamEntry } from '#libs/catalogue';
import { Problem } from '#libs/contracts';
import type { EventLog, NewEvent } from '#libs/event-log';
import type { SourceStates } from '#libs/source-state';
import type { TraceHeaders } from '#libs/tracing';
import { refOf } from '../../streams/managed-streams.js';
import { type DedupeRule, dedupeRuleIn } from '../dedupe/dedupe-rule.js';
import { eventId } from '../dedupe/event-id.js';
import { judge, memoriesIn, stateOf } from '../dedupe/memory.js';
import { Turns } from '../turns.js';
import { keyedEvent, messageKey } from './message-key.js';

/** Requests that may wait for one source whose events are compared with earlier ones. */
const MAX_WAITING = 1_000;
/** Rounds of writing what was seen before the caller is asked to try later. */
const MAX_ROUNDS = 10;

/** An event that a source makes. */
export interface SourceEvent {
  /** A JSON value: what subscribers get. */
  readonly value: unknown;
  /** Stores once for the same key in two minutes, however many replicas send it. The value must be the same too. */
  readonly key?: string;
  /** Counts for the dedupe rule, but is not stored. */
  readonly silent?: boolean;
}

export interface EmitOptions {
  /** The events come from one look at something that may show old ones again ({@link judge}). */
  readonly together?: boolean | undefined;
  /** A rule of the source's type, in force before that of its owner. Default: none. */
  readonly ownRule?: DedupeRule | undefined;
  /** The work that the events follow from, where that is traced. */
  readonly trace?: TraceHeaders | undefined;
}

export interface Emitted {
  /** Events that this call stored. The others were left out by the rule, or stored by another replica before. */
  readonly stored: number;
}

const channelSettings = z.object({ channel: z.string().optional() });

/**
 * The way of every source's events into its stream, through its dedupe rules.
 *
 * Under a rule, events are stored first and remembered then: whoever dies in between sends them again, and the
 * message ids made of rule and id let JetStream keep one. The same ids make one event of two that come to two
 * replicas at once. Beyond JetStream's window of two minutes the memory counts, which replicas write one after
 * another by revision.
 */
export class SourceEmitter {
  private readonly turns = new Turns(MAX_WAITING);

  constructor(
    private readonly eventLog: EventLog,
    private readonly states: SourceStates,
  ) {}

  /**
   * Stores events of a source, oldest first.
   *
   * @throws Problem `outcome-unknown`, `unavailable`, `too-large`; trying again is safe
   */
  async emit(
    source: StreamEntry,
    events: readonly SourceEvent[],
    { together = false, ownRule, trace }: EmitOptions = {},
  ): Promise<Emitted> {
    const rules = rulesFor(source, ownRule);
    if (rules.length === 0) {
      const toStore = events.filter(isToStore).map((event) => keyedEvent(event));
      return this.store(source, toStore, trace);
    }
    return this.turns.take(source.id, () => this.emitUnder(rules, source, events, { together, trace }));
  }

  private async emitUnder(
    rules: readonly DedupeRule[],
    source: StreamEntry,
    events: readonly SourceEvent[],
    { together = false, trace }: EmitOptions,
  ): Promise<Emitted> {
    const ids = rules.map(({ pointer }) => events.map(({ value }) => eventId(value, pointer)));
    let emitted: Emitted | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const state = await this.states.read(source.id, 'dedupe');
      const before = memoriesIn(state?.value, rules);
      const judgements = before.map((memory, rule) => judge(memory, ids[rule] ?? [], together));
      emitted ??= await this.store(
        source,
        events.flatMap((event, index) => {
          if (!isToStore(event) || !judgements.every(({ passes }) => passes[index])) return [];
          return keyedEvent(event, messageKey({ rules, ids, index, revision: state?.revision ?? 0 }));
        }),
        trace,
      );
      const after = judgements.map(({ memory }) => memory);
      if (after.every((memory, rule) => memory === before[rule])) return emitted;
      const written = await this.states.write(source.id, 'dedupe', stateOf(after), state?.revision);
      if (written !== undefined) return emitted;
    }
    throw new Problem('unavailable', 'Too many replicas store events of this source at the same time.');
  }

  private async store(
    source: StreamEntry,
    events: readonly NewEvent[],
    trace: TraceHeaders | undefined,
  ): Promise<Emitted> {
    if (events.length === 0) return { stored: 0 };
    const { channel } = channelSettings.parse(source.settings);
    const ids = await this.eventLog.append(
      refOf(source),
      events.map((event) => ({ ...event, channel })),
      { trace },
    );
    return { stored: ids.filter(({ duplicate }) => !duplicate).length };
  }
}

function rulesFor({ settings }: StreamEntry, ownRule: DedupeRule | undefined): DedupeRule[] {
  const rule = dedupeRuleIn(settings);
  const same = rule?.strategy === ownRule?.strategy && rule?.pointer === ownRule?.pointer;
  return [ownRule, same ? undefined : rule].filter((each) => each !== undefined);
}

function isToStore({ silent }: SourceEvent): boolean {
  return silent !== true;
}
