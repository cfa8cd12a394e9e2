import { z } from 'zod';
import { type DedupeRule, strategyField } from './dedupe-rule.js';
import { type EventId, isGreater } from './event-id.js';

/** Ids that `unique` remembers at least. */
const WINDOW = 1_000;

const memorySchema = z.object({
  strategy: strategyField,
  pointer: z.string(),
  /** `unique`: hashes, oldest first. */
  seen: z.array(z.string()).optional(),
  greatest: z.string().optional(),
  /** `last`: a hash. */
  last: z.string().optional(),
});

/** What a source remembers of the ids that it has seen; each strategy uses its own field. */
export type Memory = Readonly<z.output<typeof memorySchema>>;

const stateSchema = z.object({ memories: z.array(memorySchema) });

/** The memories in a source's state, one for each rule; empty where another rule was in force before. */
export function memoriesIn(state: unknown, rules: readonly DedupeRule[]): readonly Memory[] {
  const { data } = stateSchema.safeParse(state);
  return rules.map(
    ({ strategy, pointer }) =>
      data?.memories.find((known) => known.strategy === strategy && known.pointer === pointer) ?? {
        strategy,
        pointer,
      },
  );
}

/** The state in which {@link memoriesIn} finds them. */
export function stateOf(memories: readonly Memory[]): z.input<typeof stateSchema> {
  return { memories: [...memories] };
}

/** Which of some events a rule lets through, and what is to be remembered then. */
export interface Judgement {
  readonly passes: readonly boolean[];
  /** The same object when nothing new has been seen. */
  readonly memory: Memory;
}

/**
 * Applies a rule to the ids of some events, oldest first. An event without an id passes and leaves no trace.
 *
 * @param together whether the events come from one look at something that may show old ones again, such as a feed;
 *   only `last` makes a difference of it
 */
export function judge(memory: Memory, ids: readonly (EventId | undefined)[], together: boolean): Judgement {
  switch (memory.strategy) {
    case 'unique':
      return judgeUnique(memory, ids);
    case 'greatest':
      return judgeGreatest(memory, ids);
    case 'last':
      return together ? judgeLastTogether(memory, ids) : judgeLast(memory, ids);
  }
}

function judgeUnique(memory: Memory, ids: readonly (EventId | undefined)[]): Judgement {
  const before = memory.seen ?? [];
  const seen = new Set(before);
  const passes = ids.map((id) => {
    if (id === undefined) return true;
    if (seen.has(id.hash)) return false;
    seen.add(id.hash);
    return true;
  });
  if (seen.size === before.length) return { passes, memory };
  // What was seen now is the newest, known or not: an item that stays at the top of a feed is not to be forgotten.
  const now = new Set(ids.flatMap((id) => id?.hash ?? []));
  const all = [...before.filter((hash) => !now.has(hash)), ...now];
  // Twice the events of one look, so that a long feed never pushes its own ids out.
  return { passes, memory: { ...memory, seen: all.slice(-Math.max(WINDOW, 2 * ids.length)) } };
}

function judgeGreatest(memory: Memory, ids: readonly (EventId | undefined)[]): Judgement {
  let { greatest } = memory;
  const passes = ids.map((id) => {
    if (id === undefined) return true;
    if (greatest !== undefined && !isGreater(id.text, greatest)) return false;
    greatest = id.text;
    return true;
  });
  return { passes, memory: greatest === memory.greatest ? memory : { ...memory, greatest } };
}

function judgeLast(memory: Memory, ids: readonly (EventId | undefined)[]): Judgement {
  let { last } = memory;
  const passes = ids.map((id) => {
    if (id === undefined) return true;
    if (id.hash === last) return false;
    last = id.hash;
    return true;
  });
  return { passes, memory: last === memory.last ? memory : { ...memory, last } };
}

function judgeLastTogether(memory: Memory, ids: readonly (EventId | undefined)[]): Judgement {
  const match = ids.findLastIndex((id) => id !== undefined && id.hash === memory.last);
  const passes = ids.map((_id, index) => index > match);
  const last = ids.findLast((id) => id !== undefined)?.hash ?? memory.last;
  return { passes, memory: last === memory.last ? memory : { ...memory, last } };
}
