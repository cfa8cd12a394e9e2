import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { AccessService, allows, type Credential, credentialOf, originOf, type Principal } from '#libs/access';
import { StreamDirectory, type StreamEntry } from '#libs/catalogue';
import { isStreamId, Problem, type StreamKind } from '#libs/contracts';
import { clientAddress } from '#libs/limits';

/** A subscriber who may read a stream. */
export interface Admission {
  readonly entry: StreamEntry;
  /** Who asks; undefined where the stream is public and no credential was shown. */
  readonly caller: Principal | undefined;
}

/** Decides who may subscribe to what, before any byte of a stream is sent. */
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
    const { caller, refusal } = await this.identify(request, credential);
    const entry = await this.find(caller, idOrName);
    return decide(entry, idOrName, { kind, credential, caller, refusal });
  }

  /**
   * The same at once, where the stream and the API key, if there is one, were looked at a moment ago: the rule where
   * many connect. Undefined where {@link admit} has to find out.
   *
   * @throws Problem as {@link admit} does
   */
  recall(request: Request, kind: StreamKind, id: string): Admission | undefined {
    const entry = isStreamId(id) ? this.directory.recall(id) : undefined;
    if (entry === undefined) return undefined;
    const credential = credentialOf(request);
    // What is wrong with a cookie does not always count.
    if (credential?.place === 'cookie') return undefined;
    const caller = credential && this.access.recall(credential.text, clientAddress(request));
    if (credential !== undefined && caller === undefined) return undefined;
    return decide(entry, id, { kind, credential, caller, refusal: undefined });
  }

  /**
   * The same for several streams of either kind on one connection: all of them, or none.
   *
   * What is refused is not named, since that would tell which of the others exist; and where several reasons hold,
   * the one is given that a caller can do most about.
   *
   * @returns each stream once, with who asks
   */
  async admitAll(request: Request, idsOrNames: readonly string[]): Promise<Admission[]> {
    const credential = credentialOf(request);
    const { caller, refusal } = await this.identify(request, credential);
    const answers = await Promise.allSettled(
      idsOrNames.map(async (idOrName) => {
        const entry = await this.find(caller, idOrName);
        return decide(entry, idOrName, { kind: entry?.kind ?? 'workflow', credential, caller, refusal });
      }),
    );
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    if (refused.length > 0) throw refusalOfMany(refused);
    const admissions = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    return [...new Map(admissions.map((admission) => [admission.entry.id, admission])).values()];
  }

  /** Whether all of them are public streams; false for names, and while nobody knows. */
  async arePublic(ids: readonly string[]): Promise<boolean> {
    const isPublic = async (id: string) =>
      isStreamId(id) && (await this.directory.get(id))?.visibility === 'public';
    const answers = await Promise.all(ids.map((id) => isPublic(id).catch(() => false)));
    return answers.length > 0 && answers.every(Boolean);
  }

  /**
   * Who asks. A credential that is shown must be good even where none is needed: whoever sends one wants to know.
   * But a browser sends its cookie whether the page means it or not, so a bad one counts only where one is needed.
   */
  private async identify(
    request: Request,
    credential: Credential | undefined,
  ): Promise<{ caller?: Principal; refusal?: Problem }> {
    if (credential === undefined) return {};
    try {
      const address = clientAddress(request);
      const origin = originOf(request);
      return { caller: await this.access.authenticateSubscriber(credential.text, address, origin) };
    } catch (error) {
      if (credential.place === 'cookie' && error instanceof Problem) return { refusal: error };
      throw error;
    }
  }

  private find(caller: Principal | undefined, idOrName: string): Promise<StreamEntry | undefined> {
    if (isStreamId(idOrName)) return this.directory.get(idOrName);
    return caller === undefined
      ? Promise.resolve(undefined)
      : this.directory.find(caller.workspace, idOrName);
  }
}

interface Asked {
  /** The kind of stream that is asked for; another kind's id is unknown. */
  readonly kind: StreamKind;
  readonly credential: Credential | undefined;
  readonly caller: Principal | undefined;
  /** Why the credential is no good, where that matters only if one is needed. */
  readonly refusal: Problem | undefined;
}

function decide(entry: StreamEntry | undefined, idOrName: string, asked: Asked): Admission {
  const { kind, credential, caller, refusal } = asked;
  if (entry?.kind === kind && entry.visibility === 'public') return admitToPublic(entry, credential, caller);
  if (refusal !== undefined) throw refusal;
  if (entry === undefined || entry.kind !== kind) throw unknown(kind, caller, idOrName);
  if (caller === undefined) throw new Problem('no-credential', 'This stream is private.');
  if (caller.workspace !== entry.workspace) throw unknown(kind, caller, idOrName);
  if (!allows(caller, 'subscribe', entry.id)) throw notAllowed();
  return { entry, caller };
}

/** What several refused streams are answered with, the first that holds; the details name none of them. */
const REFUSALS = {
  'bad-credential': undefined,
  'no-credential': 'A credential is needed to subscribe to all of these streams.',
  'not-found': 'Not all of these streams exist.',
  'not-allowed': 'The credential does not allow to subscribe to all of these streams.',
} as const;

/** One answer for several refusals. What is none, such as an outage, goes before them all. */
function refusalOfMany(errors: readonly unknown[]): unknown {
  const byCode = new Map(errors.map((error) => [error instanceof Problem ? error.code : undefined, error]));
  const other = [...byCode].find(([code]) => code === undefined || !(code in REFUSALS));
  if (other !== undefined) return other[1];
  for (const code of Object.keys(REFUSALS) as (keyof typeof REFUSALS)[]) {
    if (!byCode.has(code)) continue;
    const detail = REFUSALS[code];
    return detail === undefined ? byCode.get(code) : new Problem(code, detail);
  }
  return errors[0];
}

/** A ticket opens its own streams and nothing else, not even what is open to everybody without it. */
function admitToPublic(
  entry: StreamEntry,
  credential: Credential | undefined,
  caller: Principal | undefined,
): Admission {
  const strangersTicket =
    caller !== undefined && credential?.kind === 'ticket' && !allows(caller, 'subscribe', entry.id);
  if (!strangersTicket) return { entry, caller };
  if (credential.place === 'cookie') return { entry, caller: undefined };
  throw notAllowed();
}

function notAllowed(): Problem {
  return new Problem('not-allowed', 'The credential does not allow to subscribe to this stream.');
}

/** Without a credential, what may be private looks the same whether it exists or not. */
function unknown(kind: StreamKind, caller: Principal | undefined, idOrName: string): Problem {
  if (caller === undefined && (kind === 'source' || !isStreamId(idOrName))) {
    return new Problem('no-credential', 'A credential is needed to subscribe to this stream.');
  }
  return new Problem('not-found', 'There is no stream with this id or name.');
}
