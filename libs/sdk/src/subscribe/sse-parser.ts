/** One message of an event stream, as the wire has it. */
export interface Message {
  /** Undefined where the message names none: it stands where the one before it stood. */
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly data: string;
}

/** Characters of one message that are held at the most: four times what the largest event of Runnel has. */
const MAX_HELD = 16 * 1024 * 1024;

/** Cuts the text of an event stream into messages, in whatever pieces it comes (HTML, "Parsing an event stream"). */
export class SseParser {
  readonly #onMessage: (message: Message) => void;
  readonly #onRetry: (retryMs: number) => void;
  /** The beginning of a line, in the pieces that came: joined once its end is here, however large it is. */
  #pieces: string[] = [];
  #held = 0;
  /** A carriage return ended the last piece: a line feed that comes next belongs to it. */
  #afterReturn = false;
  #id: string | undefined;
  #event: string | undefined;
  #data: string[] = [];

  /** @param onRetry takes the milliseconds of a `retry:` field */
  constructor(onMessage: (message: Message) => void, onRetry: (retryMs: number) => void) {
    this.#onMessage = onMessage;
    this.#onRetry = onRetry;
  }

  /** @throws RangeError for a message that is too large to be one of Runnel's */
  feed(text: string): void {
    if (text === '') return;
    const piece = this.#afterReturn && text[0] === '\n' ? text.slice(1) : text;
    this.#afterReturn = text.endsWith('\r');
    this.#pieces.push(piece);
    this.#held += piece.length;
    if (this.#held > MAX_HELD) throw new RangeError('An event is too large.');
    if (!/[\r\n]/.test(piece)) return;
    const lines = this.#pieces.join('').split(/\r\n|\r|\n/);
    this.#pieces = [lines.pop() as string];
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (line === '') {
      this.#end();
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value || undefined;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.#onRetry(Number(value));
  }

  #end(): void {
    const [id, event, data] = [this.#id, this.#event, this.#data];
    this.#id = undefined;
    this.#event = undefined;
    this.#data = [];
    this.#held = (this.#pieces[0] as string).length;
    if (data.length > 0) this.#onMessage({ id, event, data: data.join('\n') });
  }
}
