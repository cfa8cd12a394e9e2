import { AggregatorRegistry, Counter, Gauge, type Registry } from 'prom-client';
import { within } from '#libs/timing';
import type { Readiness } from '../health/readiness-registry.js';
import type { Log } from '../log/create-log.js';
import { CountBoard } from './count-board.js';
import type { News, Question } from './line.js';
import { mergeReadiness } from './merge-readiness.js';
import { type Duties, Post, type WorkerProcess } from './post.js';

export interface CrewOptions {
  /** How many workers there are. */
  readonly size: number;
  readonly log: Log;
  /** What the leading process itself counts. */
  readonly registry: Registry;
  /** Starts the worker with this number, from 1. */
  readonly fork: (number: number) => WorkerProcess;
  /** Milliseconds that workers get for their orderly end. */
  readonly stopMs: number;
  /**
   * Milliseconds before a worker that ended is replaced: `least`, and twice as long each time up to `most`, until one has
   * lived for a minute. Default: 250 and 15,000.
   */
  readonly pauseMs?: { readonly least: number; readonly most: number };
}

const PAUSE_MS = { least: 250, most: 15_000 };

/** The workers of a service, from the side of the process that leads them: it starts, replaces, asks and ends them. */
export class Crew {
  private readonly posts: Post[];
  private readonly board = new CountBoard();
  private readonly replaced: Counter;
  private stopped: Promise<boolean> | undefined;

  constructor(private readonly options: CrewOptions) {
    const { registry, size } = options;
    const registers = [registry];
    const listening = () => this.listening.length;
    new Gauge({
      name: 'runnel_workers',
      help: 'Worker processes that take connections.',
      registers,
      collect() {
        this.set(listening());
      },
    });
    this.replaced = new Counter({
      name: 'runnel_worker_replacements_total',
      help: 'Worker processes that ended by themselves and were replaced.',
      registers,
    });
    this.posts = Array.from({ length: size }, (_, index) => new Post(index + 1, this.duties(index + 1)));
  }

  /**
   * Starts the workers: the first alone, so that what keeps all of them from starting is said once.
   *
   * @returns the address that they listen on
   * @throws StartError when one of them ends before it listens; the others are ended
   */
  async start(): Promise<string> {
    const [first, ...others] = this.posts as [Post, ...Post[]];
    try {
      const url = await first.fill();
      await Promise.all(others.map((post) => post.fill()));
      for (const post of this.posts) post.keepFilled();
      return url;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Sends a signal to each worker that listens: one that still starts does not know yet what it means. */
  signal(signal: NodeJS.Signals): void {
    for (const post of this.listening) post.kill(signal);
  }

  /** Ends them in an orderly way. @returns whether each of them ended well, and in time */
  stop(): Promise<boolean> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private get listening(): Post[] {
    return this.posts.filter((post) => post.listening);
  }

  private async stopAll(): Promise<boolean> {
    const ended = Promise.all(this.posts.map((post) => post.end()));
    const codes = await within(this.options.stopMs, ended);
    if (codes !== undefined) return codes.every((code) => code === 0);
    this.options.log.warn('Workers did not end in time, and are killed.');
    for (const post of this.posts) post.kill('SIGKILL');
    await ended;
    return false;
  }

  private duties(number: number): Duties {
    const { options } = this;
    return {
      log: options.log,
      pauseMs: options.pauseMs ?? PAUSE_MS,
      fork: () => options.fork(number),
      onQuestion: (question) => this.answer(question),
      onNews: (news) => this.pass(number, news),
      onStarted: (line) => {
        for (const counts of this.board.all()) line.tell({ news: 'counts', ...counts });
      },
      onEnded: () => {
        this.board.drop(number);
        this.tellOthers(number, { news: 'gone', of: number });
      },
      onReplaced: () => this.replaced.inc(),
    };
  }

  /** What a worker asks, each of those that listen is asked. */
  private async answer(question: Question): Promise<unknown> {
    const answers = await Promise.all(this.listening.map((post) => post.ask(question)));
    if (question === 'alive') return answers.every(Boolean);
    if (question === 'readiness') return mergeReadiness(answers as (Readiness | undefined)[]);
    const own = await this.options.registry.getMetricsAsJSON();
    // The event loop of this process is nobody's business; its memory and CPU are.
    const shown = own.filter(({ name }) => !name.startsWith('nodejs_'));
    const all = [...answers.filter(Array.isArray), shown];
    return await AggregatorRegistry.aggregate(all).metrics();
  }

  private pass(from: number, news: News): void {
    if (news.news !== 'counts') return;
    this.board.set(from, news.what, news.changes);
    this.tellOthers(from, news);
  }

  private tellOthers(from: number, news: News): void {
    for (const post of this.posts) if (post.number !== from) post.tell(news);
  }
}
