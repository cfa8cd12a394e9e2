import { StartError } from '../errors.js';
import type { Log } from '../log/create-log.js';
import { type Channel, Line, type News, type Question } from './line.js';

/** Milliseconds after which a worker counts as one that works. */
const GOOD_LIFE_MS = 60_000;

/** A worker's process, as Node's cluster has it. */
export interface WorkerProcess extends Channel {
  /** Has no pid when the system could not start it. */
  readonly process: { readonly pid?: number | undefined; kill(signal: NodeJS.Signals): boolean };
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: (code: number | null, signal: string | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What a {@link Post} needs of its crew. */
export interface Duties {
  readonly log: Log;
  /** Milliseconds before a worker that ended is replaced: the first time, and at the most. */
  readonly pauseMs: { readonly least: number; readonly most: number };
  readonly fork: () => WorkerProcess;
  readonly onQuestion: (question: Question) => Promise<unknown>;
  /** Hears what the worker tells, but not that it listens. */
  readonly onNews: (news: News) => void;
  /** A worker is there, and knows nothing. */
  readonly onStarted: (line: Line) => void;
  /** It is there no more. */
  readonly onEnded: () => void;
  /** Another will take its place, after the pause. */
  readonly onReplaced: () => void;
}

/** How a worker's process ended. */
interface End {
  readonly code?: number | null;
  readonly signal?: string | null;
  /** Why it could not be started. */
  readonly err?: unknown;
}

/** One worker, and after it the one that takes its place. */
export class Post {
  /** Whether its worker takes connections. */
  listening = false;
  private worker:
    | { readonly process: WorkerProcess; readonly line: Line; readonly ended: Promise<number | null> }
    | undefined;
  private kept = false;
  private ending = false;
  private startedAt = 0;
  private pauseMs: number;
  private timer: NodeJS.Timeout | undefined;

  /** @param number of its workers, from 1 */
  constructor(
    readonly number: number,
    private readonly duties: Duties,
  ) {
    this.pauseMs = duties.pauseMs.least;
  }

  /** Starts a worker. @returns the address that it listens on @throws StartError when it ends before */
  fill(): Promise<string> {
    this.startedAt = performance.now();
    return new Promise((resolve, reject) => {
      let left = false;
      const leave = (end: End) => {
        // Where a system runs out of what it takes, more than one thing fails.
        if (left) return;
        left = true;
        this.leave(end);
        reject(startError(this.number, end));
      };
      try {
        this.man(this.duties.fork(), resolve, leave);
      } catch (err) {
        leave({ err });
      }
    });
  }

  /** From now on a worker that ends is replaced. */
  keepFilled(): void {
    this.kept = true;
    if (this.worker === undefined) this.replace();
  }

  /** @returns undefined when there is no worker, or it gives no answer */
  ask(question: Question): Promise<unknown> {
    return this.worker?.line.ask(question) ?? Promise.resolve(undefined);
  }

  tell(news: News): void {
    this.worker?.line.tell(news);
  }

  kill(signal: NodeJS.Signals): void {
    this.worker?.process.process.kill(signal);
  }

  /** Resolves with the exit code when there is no worker any more; with 0 when there is none. */
  async end(): Promise<number | null> {
    this.ending = true;
    clearTimeout(this.timer);
    this.tell({ news: 'stop' });
    return (await this.worker?.ended) ?? 0;
  }

  private man(process: WorkerProcess, onListening: (url: string) => void, onLeave: (end: End) => void): void {
    const line = new Line(process, {
      onQuestion: this.duties.onQuestion,
      onNews: (news) => {
        if (news.news !== 'listening') return this.duties.onNews(news);
        this.listening = true;
        onListening(news.url);
      },
    });
    const ended = new Promise<number | null>((resolve) => {
      process.on('exit', (code, signal) => {
        onLeave({ code, signal });
        resolve(code);
      });
      process.on('error', (err) => {
        // What was started has its exit told; what could not be started has none.
        if (process.process.pid !== undefined) return;
        onLeave({ err });
        resolve(null);
      });
    });
    this.worker = { process, line, ended };
    this.duties.onStarted(line);
  }

  private leave(end: End): void {
    const { log, onEnded } = this.duties;
    this.worker?.line.close();
    this.listening = false;
    this.worker = undefined;
    onEnded();
    if (this.ending || !this.kept) return;
    log.error({ worker: this.number, ...end }, 'A worker ended by itself, and is replaced.');
    this.replace();
  }

  private replace(): void {
    const { least, most } = this.duties.pauseMs;
    if (performance.now() - this.startedAt > GOOD_LIFE_MS) this.pauseMs = least;
    this.duties.onReplaced();
    // What keeps it from starting is said by itself, and it is tried again.
    this.timer = setTimeout(() => this.fill().catch(() => undefined), this.pauseMs);
    this.pauseMs = Math.min(most, this.pauseMs * 2);
  }
}

function startError(number: number, { err }: End): StartError {
  const why = err instanceof Error ? err.message : 'what it says of that stands above';
  return new StartError(`Worker ${number} did not start: ${why}.`, { cause: err });
}
