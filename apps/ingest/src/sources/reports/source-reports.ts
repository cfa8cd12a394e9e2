import { type Log, scrub } from '#libs/service';
import type { LogLine, SourceLog, SourceStates } from '#libs/source-state';
import { type LastError, LastErrorKeeper, readLastError, readLastErrors } from './last-error.js';
import { failureMessage } from './source-failure.js';

/** Sources whose last error is kept an eye on; the one that spoke first is forgotten first, and looked at anew. */
const MAX_KEPT = 10_000;
const UNEXPECTED = 'Something went wrong in Runnel. Its operator finds more in the log of ingest.';

/** What sources tell of their work: lines for whoever follows them, and the last error for whoever asks. */
export class SourceReports {
  private readonly keepers = new Map<string, LastErrorKeeper>();

  constructor(
    private readonly states: SourceStates,
    private readonly sourceLog: SourceLog,
    private readonly log: Log,
  ) {}

  say(sourceId: string, message: string, level: LogLine['level'] = 'info'): void {
    this.sourceLog.write(sourceId, { ts: Date.now(), level, message: scrub(message) });
  }

  /** The source works. */
  succeeded(sourceId: string): void {
    this.keeper(sourceId).set(null);
  }

  /** The source cannot do its work. @param error an unexpected one is for the operator's eyes only */
  failed(sourceId: string, error: unknown): void {
    const expected = failureMessage(error);
    if (expected === undefined) this.log.error({ err: error, sourceId }, 'A source failed unexpectedly');
    const message = scrub(expected ?? UNEXPECTED);
    this.say(sourceId, message, 'error');
    this.keeper(sourceId).set({ message, at: new Date().toISOString() });
  }

  /** What is kept about the source cannot be read. */
  damaged(sourceId: string, error: unknown): void {
    this.log.error({ err: error, sourceId }, 'The settings of a source are damaged');
  }

  /** @throws Problem `unavailable` */
  lastError(sourceId: string): Promise<LastError | null> {
    return readLastError(this.states, sourceId);
  }

  /** Of each source, in their order, in a few requests. @throws Problem `unavailable` */
  lastErrors(sourceIds: readonly string[]): Promise<(LastError | null)[]> {
    return readLastErrors(this.states, sourceIds);
  }

  /** Forgets what is kept about a source that has been deleted. What fails leaves some bytes behind, and no more. */
  async forget(sourceId: string): Promise<void> {
    this.keepers.delete(sourceId);
    await this.states.forget(sourceId).catch((error: unknown) => {
      this.log.warn({ err: error, sourceId }, 'The state of a deleted source could not be removed');
    });
  }

  private keeper(sourceId: string): LastErrorKeeper {
    const known = this.keepers.get(sourceId);
    if (known !== undefined) return known;
    const [oldest] = this.keepers.keys();
    if (oldest !== undefined && this.keepers.size >= MAX_KEPT) this.keepers.delete(oldest);
    const keeper = new LastErrorKeeper(this.states, sourceId);
    this.keepers.set(sourceId, keeper);
    return keeper;
  }
}
