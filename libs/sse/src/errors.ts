/** What went wrong, for programs. */
export type SseErrorCode =
  /** A field would forge another one, or be read differently by every client. */
  | 'unsafe-field'
  /** The serializer threw, or gave no text: `undefined`, functions and cycles have no JSON. */
  | 'not-serializable'
  /** An option is out of its range. */
  | 'bad-option'
  /** Not a request and response that a stream can be sent with, or the response has begun already. */
  | 'bad-response'
  /** The session has not connected yet: wait for `createSession` or its `connected` event. */
  | 'not-connected';

/** Every error that this library throws: always a mistake in the program, never a client that went away. */
export class SseError extends Error {
  override readonly name: string = 'SseError';

  constructor(
    readonly code: SseErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The fields that are refused when unsafe; data is not among them, since its line ends can be told. */
export type GuardedField = 'id' | 'event' | 'comment' | 'retry';

/** A field holds a character that would end it early, forge another, or be read differently by every client. */
export class UnsafeFieldError extends SseError {
  override readonly name = 'UnsafeFieldError';

  constructor(readonly field: GuardedField) {
    super(
      'unsafe-field',
      field === 'retry'
        ? 'The SSE field "retry" must be a whole number of milliseconds.'
        : `The SSE field "${field}" must not contain a line end or NUL.`,
    );
  }
}
