/** Where text goes. */
export interface Output {
  /** Resolves when it is written; rejects when it cannot be. Text for a reader that has gone is dropped. */
  write(text: string): Promise<void>;
  readonly isTerminal: boolean;
  /** Aborted when the reader has gone, as `head` does when it has enough. */
  readonly closed: AbortSignal;
}

export interface Input {
  readonly isTerminal: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** All that a command has of the world, so that a test can be the world. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly fetch: typeof fetch;
  /** Asks on the terminal. @param options.hidden whether what is typed stays unseen */
  ask(question: string, options: { readonly hidden: boolean }): Promise<string>;
  /** Aborted at Ctrl-C and SIGTERM, which end the process at once unless a command has asked for this. */
  interrupted(): AbortSignal;
}
