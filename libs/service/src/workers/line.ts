/** What can be asked over a line. */
export type Question = 'alive' | 'readiness' | 'metrics';

/** What is told over a line, without an answer. */
export type News =
  | { readonly news: 'listening'; readonly url: string }
  | { readonly news: 'stop' }
  | { readonly news: 'counts'; readonly of: number; readonly what: string; readonly changes: Changes }
  | { readonly news: 'gone'; readonly of: number };

/** New counts by key; 0 where nothing is left. */
export type Changes = readonly (readonly [key: string, count: number])[];

type Message =
  | { readonly ask: Question; readonly id: number }
  | { readonly answer: unknown; readonly id: number }
  | News;

/** Node's channel between a process and the one that forked it. */
export interface Channel {
  /** @param done hears of a failure, which is an event `error` of the process where nobody does */
  send(message: object, done: (error: Error | null) => void): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

export interface LineOptions {
  /** Answers what the other side asks. */
  readonly onQuestion: (question: Question) => Promise<unknown>;
  readonly onNews: (news: News) => void;
}

/** Milliseconds within which the other side must answer. */
const ANSWER_MS = 3_000;

/** Questions and news between a worker and the process that leads the workers. */
export class Line {
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private lastId = 0;

  constructor(
    private readonly channel: Channel,
    private readonly options: LineOptions,
  ) {
    channel.on('message', (message) => this.take(message as Message));
  }

  tell(news: News): void {
    this.send(news);
  }

  /** @returns undefined when no answer comes in time, or the other side has gone */
  ask(question: Question): Promise<unknown> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(id, undefined), ANSWER_MS);
      this.waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.send({ ask: question, id });
    });
  }

  /** Nobody will answer any more. */
  close(): void {
    for (const id of [...this.waiting.keys()]) this.settle(id, undefined);
  }

  private take(message: Message): void {
    if ('ask' in message) void this.reply(message.ask, message.id);
    else if ('answer' in message) this.settle(message.id, message.answer);
    else if ('news' in message) this.options.onNews(message);
  }

  private async reply(question: Question, id: number): Promise<void> {
    this.send({ answer: await this.options.onQuestion(question), id });
  }

  private settle(id: number, answer: unknown): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.(answer);
  }

  private send(message: Message): void {
    // A side that has gone does not answer, which is seen soon enough. Its exit is told only after its channel is closed.
    this.channel.send(message, () => {});
  }
}
