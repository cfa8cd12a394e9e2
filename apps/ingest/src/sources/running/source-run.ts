import type { StreamEntry } from '#libs/catalogue';
import type { NatsLink } from '#libs/nats-connection';
import type { SourceStates } from '#libs/source-state';
import type { EmitOptions, Emitted, SourceEvent } from '../emit/source-emitter.js';
import type { SourcePolicy } from '../source-policy.js';

/** What a running source works with. All of it belongs to whoever runs it. */
export interface SourceRun {
  readonly entry: StreamEntry;
  /** Aborts when the source is to stop: what waits ends then, and nothing new begins. */
  readonly signal: AbortSignal;
  readonly policy: SourcePolicy;
  readonly states: SourceStates;
  /** The connection for messages of the NATS system that is Runnel's own. */
  readonly messages: () => NatsLink;
  /** Stores events, oldest first. @throws Problem; trying again is safe */
  emit(events: readonly SourceEvent[], options?: Pick<EmitOptions, 'together'>): Promise<Emitted>;
  /** Tells those who follow the source's log. */
  say(message: string): void;
  /** The source works. */
  succeeded(): void;
  /** The source cannot do its work at the moment. */
  failed(error: unknown): void;
}
