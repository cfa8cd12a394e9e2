import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { eventually } from './eventually.js';

/** One SSE connection over plain node:http, with everything that came over it: bytes, events, its end. */
export class SseCapture {
  readonly events: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  retry: number | undefined;
  /** The body so far, as it came. */
  raw = '';
  ended = false;
  /** The error that broke the connection, if one did. */
  failure: Error | undefined;
  status = 0;
  headers: IncomingHttpHeaders = {};

  private constructor(private readonly sent: ClientRequest) {}

  /** Resolves with the head of the response, whatever its status. */
  static open(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<SseCapture> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { headers, method, agent: false });
      const capture = new SseCapture(sent);
      sent.once('response', (response) => {
        capture.take(response);
        resolve(capture);
      });
      sent.on('error', (error) => {
        capture.failure = error;
        capture.ended = true;
        reject(error);
      });
      sent.end();
    });
  }

  /** The data of the events so far, parsed. */
  get values(): unknown[] {
    return this.events.map(({ data }) => JSON.parse(data) as unknown);
  }

  /** Waits for so many events. */
  async count(events: number): Promise<EventSourceMessage[]> {
    await eventually(
      `${events} events, of which ${this.events.length} came`,
      () => this.events.length >= events,
    );
    return this.events;
  }

  /** Waits until the server has ended the response. */
  async end(patienceMs?: number): Promise<void> {
    await eventually('the end of the stream', () => this.ended, patienceMs);
  }

  close(): void {
    this.sent.destroy();
  }

  private take(response: IncomingMessage): void {
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    const parser = createParser({
      onEvent: (event) => this.events.push(event),
      onComment: (comment) => this.comments.push(comment),
      onRetry: (retry) => {
        this.retry = retry;
      },
    });
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.raw += text;
      parser.feed(text);
    });
    response.on('error', (error) => {
      this.failure = error;
    });
    response.on('close', () => {
      this.ended = true;
    });
  }
}
