import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AccessService, allows, credentialOf, type Principal } from '#libs/access';
import { StreamDirectory, type StreamEntry } from '#libs/catalogue';
import { isStreamId, Problem, type StreamKind } from '#libs/contracts';

/** A subscriber who may read a stream. */
export interface Admission {
  readonly entry: StreamEntry;
  /** Who asks; undefined where the stream is public and no credential was shown. */
  readonly caller: Principal | undefined;
}

/** Decides who may subscribe to what (SPEC sections 2, 3 and 7), before any byte of a stream is sent. */
@Injectable()
export class Admissions {
  constructor(
    private readonly access: AccessService,
    private readonly directory: StreamDirectory,
  ) {}

  /**
   * @param kind the kind of stream that the address is for; another kind's id is unknown there
   * @throws Problem `key-in-query`, `no-credential`, `bad-credential`, `not-found`, `not-allowed`, `unavailable`
   */
  async admit(request: Request, kind: StreamKind, idOrName: string): Promise<Admission> {
    const credential = credentialOf(request);
    // A credential that is shown must be good even where none is needed: whoever sends one wants to know.
    const caller = credential === undefined ? undefined : await this.access.authenticate(credential.text);
    const entry = await this.find(caller, idOrName);
    if (entry === undefined || entry.kind !== kind) throw unknown(kind, caller, idOrName);
    if (entry.visibility === 'public') return { entry, caller };
    if (caller === undefined) throw new Problem('no-credential', 'This stream is private.');
    if (caller.workspace !== entry.workspace) throw unknown(kind, caller, idOrName);
    if (!allows(caller, 'subscribe', entry.id)) {
      throw new Problem('not-allowed', 'The credential does not allow to subscribe to this stream.');
    }
    return { entry, caller };
  }

  private find(caller: Principal | undefined, idOrName: string): Promise<StreamEntry | undefined> {
    if (isStreamId(idOrName)) return this.directory.get(idOrName);
    return caller === undefined
      ? Promise.resolve(undefined)
      : this.directory.find(caller.workspace, idOrName);
  }
}

/** Without a credential, what may be private looks the same whether it exists or not. */
function unknown(kind: StreamKind, caller: Principal | undefined, idOrName: string): Problem {
  if (caller === undefined && (kind === 'source' || !isStreamId(idOrName))) {
    return new Problem('no-credential', 'A credential is needed to subscribe to this stream.');
  }
  return new Problem('not-found', 'There is no stream with this id or name.');
}
