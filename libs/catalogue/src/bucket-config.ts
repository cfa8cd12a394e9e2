import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';

export const BUCKET = 'RUNNEL_CATALOGUE';

/** The JetStream stream under the bucket, by the naming rule of NATS KV. */
export const STREAM = `KV_${BUCKET}`;

/**
 * A KV bucket as the NATS tools make them, and one thing more: messages may expire, so that the marks of removed
 * keys do not pile up for ever. `Kvm.create` offers that only together with marks for expired values, which
 * nothing here needs.
 */
export function bucketConfig(replicas: number) {
  return {
    name: STREAM,
    description: 'Sources, workflows and streams of Runnel. Belongs to Runnel: do not edit by hand.',
    subjects: [`$KV.${BUCKET}.>`],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    allow_direct: true,
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_msg_ttl: true,
  };
}
