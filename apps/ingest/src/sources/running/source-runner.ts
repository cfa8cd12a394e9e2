import { AllSources, type StreamEntry } from '#libs/catalogue';
import { NatsLink, type NatsOptions } from '#libs/nats-connection';
import type { Log } from '#libs/service';
import type { SourcePolicy } from '../source-policy.js';
import type { SourceTools } from '../source-tools.js';
import type { SourceType } from '../source-type.js';
import { RunningSource } from './running-source.js';
import type { SourceRun } from './source-run.js';

export interface SourceRunnerOptions {
  /** The types there are; sources of those that run are run. */
  readonly types: readonly SourceType[];
  /** For the catalogue; stays the caller's to close. */
  readonly link: NatsLink;
  /** For a connection of its own to hear messages over: a flood of them must not stand before anything else. */
  readonly nats: NatsOptions;
  readonly replicas: number;
  readonly tools: SourceTools;
  readonly policy: SourcePolicy;
  readonly log: Log;
}

interface Running {
  readonly source: RunningSource;
  /** What it was started with: another means another start. */
  readonly settings: string;
}

/**
 * Runs every active source of the system in this process, as each ingest replica does; the types see to it that
 * replicas do not do the same thing twice. Whoever constructs it closes it.
 */
export class SourceRunner {
  private readonly types: ReadonlyMap<string, SourceType>;
  private readonly running = new Map<string, Running>();
  private readonly ending = new Map<string, Promise<void>>();
  private sources: AllSources | undefined;
  private messages: NatsLink | undefined;

  constructor(private readonly options: SourceRunnerOptions) {
    const runnable = options.types.filter(({ run }) => run !== undefined);
    this.types = new Map(runnable.map((type) => [type.name, type]));
  }

  /** Begins, whether NATS is there or not. */
  start(): void {
    const { link, replicas, log } = this.options;
    this.sources = AllSources.open(link, {
      replicas,
      types: [...this.types.keys()],
      listener: (id, entry) => this.take(id, entry),
      onError: (error) => log.warn({ err: error }, 'Trouble with the list of sources'),
    });
  }

  /** Stops all sources, each after what it is doing at the moment. Safe to call twice. */
  async close(): Promise<void> {
    await this.sources?.close();
    for (const id of [...this.running.keys()]) void this.stop(id);
    await Promise.all(this.ending.values());
    await this.messages?.close();
  }

  private take(id: string, entry: StreamEntry | undefined): void {
    const { reports } = this.options.tools;
    const type = entry?.active === true ? this.types.get(entry.type) : undefined;
    if (entry === undefined) {
      void Promise.resolve(this.stop(id)).then(() => reports.forget(id));
      return;
    }
    if (type === undefined) {
      if (this.running.has(id)) reports.say(id, 'Stopped');
      void this.stop(id);
      return;
    }
    const settings = JSON.stringify(entry.settings);
    // A new name or visibility is nothing to a source that runs.
    if (this.running.get(id)?.settings === settings) return;
    reports.say(id, this.running.has(id) ? 'Started with new settings' : 'Started');
    const after = this.stop(id);
    this.running.set(id, { source: this.begin(entry, type, after), settings });
  }

  private begin(entry: StreamEntry, type: SourceType, after: Promise<void> | undefined): RunningSource {
    const { policy } = this.options;
    const { emitter, reports, states } = this.options.tools;
    const source: Omit<SourceRun, 'signal'> = {
      entry,
      policy,
      states,
      messages: () => this.openMessages(),
      emit: (events, { together } = {}) => emitter.emit(entry, events, { together, ownRule: type.ownRule }),
      say: (message) => reports.say(entry.id, message),
      succeeded: () => reports.succeeded(entry.id),
      failed: (error) => reports.failed(entry.id, error),
    };
    return new RunningSource({
      run: async (signal) => type.run?.({ ...source, signal }),
      onFailed: source.failed,
      after,
    });
  }

  /** @returns when what runs for this id has ended, if there is something to wait for */
  private stop(id: string): Promise<void> | undefined {
    const stopped = this.running.get(id)?.source.stop();
    this.running.delete(id);
    if (stopped === undefined) return this.ending.get(id);
    this.ending.set(id, stopped);
    void stopped.finally(() => {
      if (this.ending.get(id) === stopped) this.ending.delete(id);
    });
    return stopped;
  }

  /** Opened for the first source that needs it. */
  private openMessages(): NatsLink {
    this.messages ??= NatsLink.open(this.options.nats);
    return this.messages;
  }
}
