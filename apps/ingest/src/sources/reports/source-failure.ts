import { Problem } from '#libs/contracts';

/** A source cannot do its work. The message is for the source's owner: no secret, no address, no stack. */
export class SourceFailure extends Error {
  override readonly name = 'SourceFailure';
  readonly code = 'source-failure';
}

/** What the owner of a source is told of an error; undefined for one that nobody expected. */
export function failureMessage(error: unknown): string | undefined {
  return error instanceof SourceFailure || error instanceof Problem ? error.message : undefined;
}
