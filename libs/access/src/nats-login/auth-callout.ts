import type { NatsConnection, NatsLink } from '#libs/nats-connection';
import { AUTH_QUEUE } from '../subjects.js';
import { type LoginGrant, readLoginRequest, writeLoginAnswer } from './login-tokens.js';
import type { AccountKey } from './nkey.js';

/** Where nats-server asks about who is not in its configuration. */
const CALLOUT_SUBJECT = '$SYS.REQ.USER.AUTH';

export interface AuthCalloutOptions {
  /** The key whose public half stands as the issuer in the configuration of nats-server. */
  readonly issuer: AccountKey;
  /**
   * What the owner of a token may do; undefined refuses it. What it throws is refused, too, since a server that
   * gets no answer keeps the client waiting.
   */
  readonly decide: (token: string) => Promise<LoginGrant | undefined>;
  readonly onError: (error: unknown) => void;
}

/** Answers for nats-server who may sign in. Each question reaches one of the replicas. */
export class AuthCallout {
  private readonly stopListening: () => void;

  /** @param link signed in to the account that the server's configuration names; stays the caller's to close */
  constructor(
    link: NatsLink,
    private readonly options: AuthCalloutOptions,
  ) {
    let heard: NatsConnection | undefined;
    this.stopListening = link.onUp((connection) => {
      // The client renews its subscriptions itself, but not on a connection that replaced another.
      if (heard !== connection) this.listen(connection);
      heard = connection;
    });
  }

  /** No further listening; the subscription ends with the link. */
  close(): void {
    this.stopListening();
  }

  private listen(connection: NatsConnection): void {
    connection.subscribe(CALLOUT_SUBJECT, {
      queue: AUTH_QUEUE,
      callback: (error, message) => {
        if (error !== null) return this.options.onError(error);
        this.answer(message.string())
          .then((answer) => answer && message.respond(answer))
          .catch(this.options.onError);
      },
    });
  }

  private async answer(text: string): Promise<string | undefined> {
    const request = readLoginRequest(text);
    if (request === undefined) return undefined;
    const grant = request.token === undefined ? undefined : await this.decide(request.token);
    return writeLoginAnswer(this.options.issuer, request, grant);
  }

  private async decide(token: string): Promise<LoginGrant | undefined> {
    try {
      return await this.options.decide(token);
    } catch (error) {
      this.options.onError(error);
      return undefined;
    }
  }
}
