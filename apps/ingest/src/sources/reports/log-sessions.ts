import type { Request, Response } from 'express';
import type { AccessService, Principal } from '#libs/access';
import type { StreamDirectory, StreamEntry } from '#libs/catalogue';
import { CLOSED_EVENT, type ClosedReason, Problem } from '#libs/contracts';
import type { SourceLog } from '#libs/source-state';
import { createSession, type Session } from '#libs/sse';
import type { SourceReports } from './source-reports.js';

/** Listeners to logs in this process; they are people who look for a fault, one or two at a time. */
const MAX_SESSIONS = 1_000;
const HEARTBEAT_MS = 15_000;
/** Bytes of lines that may wait for one listener. */
const MAX_PENDING_BYTES = 256 * 1024;

export interface LogSessionsOptions {
  readonly sourceLog: SourceLog;
  readonly reports: SourceReports;
  readonly access: AccessService;
  readonly directory: StreamDirectory;
}

/** Who follows the log of which source. Whoever constructs it ends the sessions with {@link LogSessions.endAll}. */
export class LogSessions {
  private readonly sessions = new Set<Session>();

  constructor(private readonly options: LogSessionsOptions) {}

  /**
   * Sends the source's lines from now on, after its last error if it has one: each an event without a name, with
   * `{ts, level, message}` as data. Ends with the source and with the caller's credential.
   *
   * @throws Problem `unavailable` when the last error cannot be read, `too-many-requests`
   */
  async open(request: Request, response: Response, entry: StreamEntry, caller: Principal): Promise<void> {
    if (this.sessions.size >= MAX_SESSIONS) {
      throw new Problem('too-many-requests', 'Too many logs are being followed at the moment.');
    }
    const { sourceLog, reports, access, directory } = this.options;
    const lastError = await reports.lastError(entry.id);
    const session = await createSession(request, response, {
      keepAlive: HEARTBEAT_MS,
      maxPendingBytes: MAX_PENDING_BYTES,
    });
    if (!session.isConnected) return;
    this.sessions.add(session);
    if (lastError !== null) {
      session.push({ ts: Date.parse(lastError.at), level: 'error', message: lastError.message });
    }
    const ends = [
      sourceLog.follow(entry.id, (line) => session.push(line)),
      access.watch(caller, (reason) => close(session, reason)),
      directory.watch(entry.id, (now) => {
        if (now === undefined) close(session, 'stream-deleted');
      }),
    ];
    session.once('disconnected', () => {
      this.sessions.delete(session);
      for (const end of ends) end();
    });
  }

  endAll(): void {
    for (const session of this.sessions) session.end();
  }
}

function close(session: Session, reason: ClosedReason): void {
  session.push({ reason }, CLOSED_EVENT);
  session.end();
}
