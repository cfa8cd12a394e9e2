import { type KeptStream, REPLAY_EVENTS, type StreamKind } from '#libs/contracts';
import type { EventLog } from '#libs/event-log';
import type { FanOutMetrics } from './fan-out-metrics.js';
import type { KeptHistory } from './kept-history.js';
import type { Lanes } from './lanes.js';
import { aheadOf, behindOf, place } from './placement.js';
import { readOn } from './read-on.js';
import type { Session } from './session.js';

export interface ArrivalsParts {
  readonly ref: KeptStream;
  readonly kind: StreamKind;
  readonly history: KeptHistory;
  readonly lanes: Lanes;
  /** What this gateway has not kept is read from here. */
  readonly eventLog: EventLog;
  readonly metrics: FanOutMetrics;
  /** Waits until the stream's event of this sequence has been delivered, for a bounded time. */
  readonly catchUp: (seq: number) => Promise<void>;
  /** Hears of what nobody foresaw, which has cost a subscriber its connection. Must not throw. */
  readonly onTrouble: (error: unknown) => void;
}

/** The way of sessions to their places in a stream, which is none where the history is known and reaches to the cursor. */
export class Arrivals {
  private readonly waiting = new Set<Session>();
  private opened = false;

  constructor(private readonly parts: ArrivalsParts) {}

  /** Whether the history is known. */
  get open(): boolean {
    return this.opened;
  }

  /** Starts a session, as soon as the history is known. */
  add(session: Session): void {
    if (this.opened) this.startWhenReached(session);
    else this.waiting.add(session);
  }

  /** Forgets a session that has left. */
  remove(session: Session): void {
    this.waiting.delete(session);
  }

  /** The history is known, or known anew: starts whoever waits. */
  start(): void {
    this.opened = true;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const session of waiting) this.startWhenReached(session);
  }

  /** Whoever comes from another gateway may have got what is still on its way to this one. */
  private startWhenReached(session: Session): void {
    const { history, catchUp } = this.parts;
    const { cursor } = session.options;
    const ahead = aheadOf(history, cursor);
    if (ahead !== undefined) {
      this.waiting.add(session);
      void catchUp(ahead).then(() => {
        if (this.waiting.delete(session)) this.startAt(session, cursor);
      });
      return;
    }
    history.forgetOld();
    const behind = history.ownersLimits.maxEvents > REPLAY_EVENTS ? behindOf(history, cursor) : undefined;
    if (behind === undefined) this.startAt(session, cursor);
    else void this.readOn(session, behind);
  }

  private async readOn(session: Session, behind: number): Promise<void> {
    const { ref, kind, history, eventLog, catchUp, onTrouble } = this.parts;
    try {
      const reached = await readOn(session, behind, {
        kept: history,
        kind,
        onward: (after) => eventLog.kept.onward({ ...ref, history: history.ownersLimits }, after),
      });
      if (session.ended) return;
      const ahead = aheadOf(history, reached);
      if (ahead !== undefined) await catchUp(ahead);
      if (!session.ended) this.startAt(session, reached);
    } catch (error) {
      // It comes back and it is tried again, which is counted and logged each time.
      onTrouble(error);
      session.end('unreadable');
    }
  }

  private startAt(session: Session, cursor: string | undefined): void {
    const { history, lanes, metrics } = this.parts;
    history.forgetOld();
    const { afterSeq, gap } = place(history, { ...session.options, cursor });
    if (gap !== undefined) metrics.gaps.inc();
    const { entries } = history;
    metrics.replay.observe(entries.length - 1 - entries.findLastIndex(({ key }) => key <= afterSeq));
    session.start(history, lanes.laneOf(session), afterSeq, gap);
  }
}
