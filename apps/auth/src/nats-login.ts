import { type NatsOptions as NatsTransport, Transport } from '@nestjs/microservices';
import { AUTH_QUEUE } from '#libs/access';
import { clientOptions, type NatsOptions } from '#libs/nats-connection';
import type { AuthSettings } from './auth-settings.js';
import { QuestionDeserializer } from './decisions/question-deserializer.js';

type NatsSettings = Pick<AuthSettings, 'natsUrl' | 'natsUser' | 'natsPassword'>;

/** Time for questions under way when the service ends; others go to another replica meanwhile. */
const LAST_ANSWERS_MS = 200;

/** How auth signs in to NATS. */
export function natsLogin(settings: NatsSettings, purpose: string): NatsOptions {
  const { natsUrl: url, natsUser: user, natsPassword: password } = settings;
  return { url, user, password, name: `auth ${purpose}` };
}

/** The microservice that answers the other services, for `runService({ microservices })`. Each question goes to one replica. */
export function authTransport(settings: NatsSettings): NatsTransport {
  const options = {
    ...clientOptions(natsLogin(settings, 'decisions')),
    queue: AUTH_QUEUE,
    deserializer: new QuestionDeserializer(),
    gracefulShutdown: true,
    gracePeriod: LAST_ANSWERS_MS,
  };
  return { transport: Transport.NATS, options: options as NonNullable<NatsTransport['options']> };
}
