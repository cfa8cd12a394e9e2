import type { CountsElsewhere } from '#libs/limits';
import type { Readiness } from '../health/readiness-registry.js';
import { Colleagues, type OwnState } from './colleagues.js';
import { CountBoard } from './count-board.js';
import { type Channel, Line, type News, type Question } from './line.js';
import { mergeReadiness } from './merge-readiness.js';

/** What `/metrics` says when the leading process does not answer, which is a comment in Prometheus's format. */
const NO_METRICS = '# The metrics of the workers could not be collected.\n';

/** A worker's side of the line to the process that leads. */
export class CrewMember {
  private readonly line: Line;
  private readonly board = new CountBoard();
  private own: OwnState | undefined;
  private stop: (() => void) | undefined;
  private toStop = false;

  /** @param channel to the leading process: this process itself, in Node */
  constructor(
    /** From 1; one that takes another's place has its number. */
    readonly number: number,
    channel: Channel,
  ) {
    this.line = new Line(channel, {
      onQuestion: (question) => this.answer(question),
      onNews: (news) => this.take(news),
    });
  }

  /** @returns all workers as one */
  join(own: OwnState): Colleagues {
    this.own = own;
    return new Crewmates(this.line, this.board, this.number);
  }

  /** Says that connections may come, and what is to be done when the service has to end, which may be at once. */
  begin(url: string, stop: () => void): void {
    this.stop = stop;
    this.line.tell({ news: 'listening', url });
    if (this.toStop) stop();
  }

  private async answer(question: Question): Promise<unknown> {
    if (question === 'alive') return true;
    if (question === 'readiness') return await this.own?.readiness.ask();
    return (await this.own?.registry.getMetricsAsJSON()) ?? [];
  }

  private take(news: News): void {
    if (news.news === 'stop') {
      this.toStop = true;
      this.stop?.();
    } else if (news.news === 'counts') this.board.set(news.of, news.what, news.changes);
    else if (news.news === 'gone') this.board.drop(news.of);
  }
}

class Crewmates extends Colleagues {
  constructor(
    private readonly line: Line,
    private readonly board: CountBoard,
    private readonly number: number,
  ) {
    super();
  }

  async alive(): Promise<boolean> {
    return (await this.line.ask('alive')) === true;
  }

  async readiness(): Promise<Readiness> {
    const readiness = (await this.line.ask('readiness')) as Readiness | undefined;
    return readiness ?? mergeReadiness([undefined]);
  }

  async metrics(): Promise<string> {
    const text = await this.line.ask('metrics');
    return typeof text === 'string' ? text : NO_METRICS;
  }

  counts(what: string): CountsElsewhere {
    return new CountsOfOthers(what, this.board, (changes) =>
      this.line.tell({ news: 'counts', of: this.number, what, changes }),
    );
  }
}

/** Tells the others of what changes, once for all that does in a turn of the event loop. */
class CountsOfOthers implements CountsElsewhere {
  private readonly changed = new Map<string, number>();

  constructor(
    private readonly what: string,
    private readonly board: CountBoard,
    private readonly tell: (changes: [string, number][]) => void,
  ) {}

  count(key: string): number {
    return this.board.sum(this.what, key);
  }

  own(key: string, count: number): void {
    if (this.changed.size === 0) setImmediate(() => this.flush());
    this.changed.set(key, count);
  }

  private flush(): void {
    this.tell([...this.changed]);
    this.changed.clear();
  }
}
