import { EventEmitter } from 'node:events';
import { EventEncoder } from '../events/event-encoder.js';
import type { AnyEvents, EventName, MessageData } from '../events/event-map.js';
import { SharedFrame } from '../events/shared-frame.js';
import type { Framing } from '../outlet.js';
import type { Line } from '../session/line.js';
import type { Session } from '../session/session.js';
import type { DefaultSessionState } from '../session/session-options.js';
import type {
  BroadcastOptions,
  ChannelEvents,
  ChannelOptions,
  DefaultChannelState,
} from './channel-options.js';
import { Feed } from './feed.js';

/** What a channel keeps of a session. */
interface Membership {
  readonly line: Line;
  readonly onDisconnected: () => void;
}

/**
 * Sends events to many sessions at once: each is encoded once, and a session that reads slowly is no more than an
 * older position in a log (ADR 0006). It harms nobody, and is cut when it has got too far behind.
 */
export class Channel<
  State = DefaultChannelState,
  SessionState = DefaultSessionState,
  Events extends object = AnyEvents,
> extends EventEmitter<ChannelEvents<SessionState>> {
  /** What the program wants to remember with the channel. */
  state: State;
  private readonly members = new Map<Session<SessionState>, Membership>();
  /** One for each framing that the members have. */
  private readonly feeds = new Map<Framing, Feed>();
  private readonly encoder: EventEncoder;

  constructor(options: ChannelOptions<State> = {}) {
    super();
    this.setMaxListeners(0);
    this.encoder = new EventEncoder(options);
    this.state = options.state ?? ({} as State);
  }

  /** The registered sessions: a list of its own, which later changes do not touch. */
  get activeSessions(): readonly Session<SessionState>[] {
    return [...this.members.keys()];
  }

  get sessionCount(): number {
    return this.members.size;
  }

  /**
   * Lets a session hear what is broadcast from here on, until it is over. Does nothing for a session that is
   * registered already, or that is over: its client may leave at any time.
   *
   * @throws SseError `not-connected` for a session that has not connected yet
   */
  register<SessionMap extends object>(newcomer: Session<SessionState, SessionMap>): this {
    const session = newcomer as unknown as Session<SessionState>;
    const line = session.openLine();
    if (line === undefined || this.members.has(session)) return this;
    const onDisconnected = () => this.lose(session);
    this.members.set(session, { line, onDisconnected });
    session.once('disconnected', onDisconnected);
    line.join(this.feedFor(line.framing));
    this.emit('session-registered', session);
    return this;
  }

  /** Ends that. What was broadcast before is still delivered. Does nothing for a session that is not registered. */
  deregister<SessionMap extends object>(member: Session<SessionState, SessionMap>): this {
    const session = member as unknown as Session<SessionState>;
    const membership = this.members.get(session);
    if (membership === undefined) return this;
    this.members.delete(session);
    session.off('disconnected', membership.onDisconnected);
    this.vacate(membership.line);
    this.emit('session-deregistered', session);
    return this;
  }

  /**
   * Sends an event to the registered sessions. For each it comes behind what was sent to it before, by this or
   * another channel or by itself.
   *
   * @param eventName left out, the event is heard by `onmessage`
   * @throws UnsafeFieldError for a name or id with a line end or NUL, SseError for data without text
   */
  broadcast<Name extends EventName<Events>>(
    data: Events[Name],
    eventName: Name | undefined,
    options?: BroadcastOptions<SessionState>,
  ): this;
  broadcast(data: MessageData<Events>, eventName?: undefined, options?: BroadcastOptions<SessionState>): this;
  broadcast(data: unknown, eventName?: string, options: BroadcastOptions<SessionState> = {}): this {
    const { filter } = options;
    const id = this.encoder.idOf(options.eventId);
    this.encoder.check(eventName, id);
    const chosen = filter && this.activeSessions.filter((session) => session.isConnected && filter(session));
    // What nobody hears need not be serialized.
    if ((chosen?.length ?? this.members.size) > 0) {
      this.deliver(new SharedFrame(Buffer.from(this.encoder.encode(data, eventName, id))), id, chosen);
    }
    this.emit('broadcast', data, eventName ?? 'message', id);
    return this;
  }

  private deliver(
    frame: SharedFrame,
    id: string | undefined,
    chosen: readonly Session<SessionState>[] | undefined,
  ): void {
    if (chosen === undefined || chosen.length === this.members.size) {
      for (const feed of this.feeds.values()) feed.append(frame, id);
    } else {
      for (const session of chosen) this.members.get(session)?.line.send(frame, id);
    }
  }

  private lose(session: Session<SessionState>): void {
    try {
      this.emit('session-disconnected', session);
    } finally {
      this.deregister(session);
    }
  }

  private feedFor(framing: Framing): Feed {
    const feed = this.feeds.get(framing) ?? new Feed(framing);
    this.feeds.set(framing, feed);
    return feed;
  }

  private vacate(line: Line): void {
    const feed = this.feeds.get(line.framing);
    if (feed === undefined) return;
    line.leave(feed);
    // Its log goes with the last member.
    if (feed.size === 0) this.feeds.delete(line.framing);
  }
}
