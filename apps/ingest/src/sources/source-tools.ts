import type { EventLog } from '#libs/event-log';
import type { NatsLink } from '#libs/nats-connection';
import type { Log } from '#libs/service';
import { SourceLog, SourceStates } from '#libs/source-state';
import { SourceEmitter } from './emit/source-emitter.js';
import { SourceReports } from './reports/source-reports.js';

export interface SourceToolsOptions {
  /** Stays the caller's to close. */
  readonly link: NatsLink;
  readonly eventLog: EventLog;
  /** Copies that NATS keeps of the sources' states. */
  readonly replicas: number;
  readonly log: Log;
}

/** What every source works with, made once for each process. Nothing of it has to be closed. */
export class SourceTools {
  readonly states: SourceStates;
  readonly sourceLog: SourceLog;
  readonly reports: SourceReports;
  readonly emitter: SourceEmitter;

  constructor({ link, eventLog, replicas, log }: SourceToolsOptions) {
    this.states = new SourceStates(link, { replicas });
    this.sourceLog = new SourceLog(link);
    this.reports = new SourceReports(this.states, this.sourceLog, log);
    this.emitter = new SourceEmitter(eventLog, this.states);
  }
}
