import { Bucket } from '#libs/kv';
import type { NatsLink } from '#libs/nats-connection';

/** The bucket that keeps the entries and what leads to them (keys.ts). */
export function catalogueBucket(link: NatsLink, replicas: number): Bucket {
  return new Bucket(link, {
    name: 'RUNNEL_CATALOGUE',
    description: 'Sources, workflows and streams of Runnel. Belongs to Runnel: do not edit by hand.',
    unavailable: 'The catalogue cannot be reached at the moment.',
    replicas,
  });
}
