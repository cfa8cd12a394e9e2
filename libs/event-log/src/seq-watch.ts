import type { PublishAck } from './publish-ack.js';

/**
 * Tells by its sequences that a shard was deleted and made again: acks come in order on the one connection that
 * publishes, so a sequence that is not larger than those before is of another log under the same name.
 */
export class SeqWatch {
  private readonly newest = new Map<string, number>();

  /**
   * @param acks of one request, in their order
   * @returns whether the shard has begun anew since the acks before
   */
  hasBegunAnew(shard: string, acks: readonly PublishAck[]): boolean {
    const seqs = acks.filter(({ duplicate }) => !duplicate).map(({ seq }) => seq);
    if (seqs.length === 0) return false;
    const anew = Math.min(...seqs) <= (this.newest.get(shard) ?? 0);
    this.newest.set(shard, Math.max(...seqs));
    return anew;
  }
}
