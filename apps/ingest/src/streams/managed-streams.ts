import { Injectable } from '@nestjs/common';
import { ANY_STREAM, allows, type Principal, requireAllowed, type Scope } from '#libs/access';
import { Catalogue, type EntryChange, type NewEntry, type StreamEntry } from '#libs/catalogue';
import { type KeptStream, Problem, type StreamKind } from '#libs/contracts';
import { EventLog } from '#libs/event-log';
import { StreamQuotas } from './stream-quotas.js';

/** Which streams are meant: of one kind or of both. */
type KindFilter = StreamKind | 'any';

/**
 * Sources, workflows and their streams, as a caller may see and change them.
 *
 * Whatever is not the caller's looks as if it did not exist: another workspace's, another kind's, and an id or
 * name that cannot be one, all get the same answer.
 */
@Injectable()
export class ManagedStreams {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly eventLog: EventLog,
    private readonly quotas: StreamQuotas,
  ) {}

  /**
   * @throws Problem `not-allowed` for a credential that is limited to streams which exist already; `quota-exceeded`
   *   when the workspace has as many as it may
   */
  create(caller: Principal, wanted: Omit<NewEntry, 'workspace'>): Promise<StreamEntry> {
    requireAllowed(caller, 'manage');
    if (!caller.streams.includes(ANY_STREAM)) {
      throw new Problem(
        'not-allowed',
        'The credential is limited to certain streams and cannot make new ones.',
      );
    }
    const { workspace } = caller;
    return this.quotas.make(workspace, wanted.kind, () => this.catalogue.create({ ...wanted, workspace }));
  }

  /** Those that the caller may use for at least one of the purposes, oldest first. */
  async list(caller: Principal, kind: KindFilter, scopes: readonly Scope[]): Promise<StreamEntry[]> {
    const filter = kind === 'any' ? {} : { kind };
    const entries = await this.catalogue.list(caller.workspace, filter);
    return entries.filter(({ id }) => scopes.some((scope) => allows(caller, scope, id)));
  }

  /** @throws Problem `not-found`; `not-allowed` when the credential is good for none of the purposes */
  async find(
    caller: Principal,
    kind: KindFilter,
    idOrName: string,
    scopes: readonly [Scope, ...Scope[]],
  ): Promise<StreamEntry> {
    const entry = await this.catalogue.find(caller.workspace, idOrName);
    if (entry === undefined || (kind !== 'any' && entry.kind !== kind)) throw notFound(kind);
    const scope = scopes.find((candidate) => allows(caller, candidate, entry.id)) ?? scopes[0];
    requireAllowed(caller, scope, entry.id);
    return entry;
  }

  /** @param entry one that {@link find} returned @throws Problem as {@link Catalogue.update} does */
  update(
    { id }: StreamEntry,
    change: EntryChange | ((entry: StreamEntry) => EntryChange),
  ): Promise<StreamEntry> {
    return this.catalogue.update(id, change);
  }

  /** Deletes it and its events. @param entry one that {@link find} returned */
  async delete(entry: StreamEntry): Promise<void> {
    // Events first: while they cannot be deleted the entry stays, and the caller can try again.
    await this.eventLog.keeper.purge(refOf(entry));
    await this.catalogue.delete(entry.id);
    // Others may have published until they heard of it. What comes later still, nobody can read any more.
    await this.eventLog.keeper.purge(refOf(entry));
  }
}

/** What the event log knows a stream by. */
export function refOf({ workspace, id, history }: StreamEntry): KeptStream {
  return { workspace, stream: id, history };
}

function notFound(kind: KindFilter): Problem {
  return new Problem('not-found', `There is no ${kind === 'any' ? 'stream' : kind} with this id or name.`);
}
