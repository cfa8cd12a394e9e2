import { z } from 'zod';
import { isPresenceSubject } from '#libs/contracts';

/** Where gateways report, for every replica of ingest. */
export const REPORTS = 'runnel.presence.report';
/** Where a gateway is asked for all that it has, by its id; all of them are without one. */
export const QUESTIONS = 'runnel.presence.ask';

/** Streams in one report: with 70 bytes each it stays far below what NATS takes. */
const MAX_COUNTS = 4_000;

/** Subscribers on one gateway, by the presence subject of their stream. */
export type Counts = Readonly<Record<string, number>>;

/** What a gateway tells. */
export type News =
  /** How many subscribers these streams have now; none says that the gateway is there. */
  | { readonly form: 'changes'; readonly counts: Counts }
  /** All streams that have subscribers, and those that lost the last one lately with 0, in as many parts as it takes. */
  | { readonly form: 'all'; readonly part: number; readonly parts: number; readonly counts: Counts }
  /** The gateway ends. */
  | { readonly form: 'gone' };

export type Report = News & {
  /** Another one for each process. */
  readonly gateway: string;
  /** Number of the report among those of its gateway. A missing one is a report that was lost. */
  readonly seq: number;
};

const sender = { gateway: z.string().min(1).max(64), seq: z.int().min(1) };
// A schema for each entry would take six times as long as reading the JSON.
const counts = z.custom<Counts>(areCounts);
const whole = z.int().min(0);
const reportSchema = z.discriminatedUnion('form', [
  z.object({ ...sender, form: z.literal('changes'), counts }),
  z.object({ ...sender, form: z.literal('all'), part: whole, parts: whole, counts }),
  z.object({ ...sender, form: z.literal('gone') }),
]);

/** @returns undefined for whatever else somebody put on the subject */
export function readReport(text: string): Report | undefined {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The counts of one or several reports. At least one, which may be empty. */
export function inParts(all: Iterable<readonly [subject: string, subscribers: number]>): Counts[] {
  const entries = [...all];
  const parts: Counts[] = [];
  for (let start = 0; start === 0 || start < entries.length; start += MAX_COUNTS) {
    parts.push(Object.fromEntries(entries.slice(start, start + MAX_COUNTS)));
  }
  return parts;
}

function areCounts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(
    ([subject, subscribers]) =>
      isPresenceSubject(subject) && Number.isSafeInteger(subscribers) && subscribers >= 0,
  );
}
