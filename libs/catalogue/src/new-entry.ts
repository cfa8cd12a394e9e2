import {
  DEFAULT_HISTORY,
  DEFAULT_VISIBILITY,
  isStreamId,
  MAX_NAME_LENGTH,
  newStreamId,
  Problem,
  type StreamKind,
  toName,
  type Visibility,
} from '#libs/contracts';
import { isKeyPart } from './keys.js';
import type { StreamEntry } from './stream-entry.js';

/** What a caller says of a source or workflow to be made. */
export interface NewEntry {
  readonly kind: StreamKind;
  readonly type: string;
  readonly workspace: string;
  /** Made a slug. Default: the type. */
  readonly name?: string | undefined;
  /** Default: `private` for sources, `public` for workflows. */
  readonly visibility?: Visibility | undefined;
  /** Default: true. */
  readonly active?: boolean | undefined;
  /** Default: none. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** The entry as it will be kept, with the name that is wanted for it. Its revision is not known yet. */
export function entryFrom(wanted: NewEntry): StreamEntry {
  if (!isKeyPart(wanted.workspace)) {
    throw new Problem('malformed-request', 'The workspace must be an id of letters, digits, "-" and "_".');
  }
  const now = new Date().toISOString();
  return {
    id: newStreamId(wanted.kind),
    kind: wanted.kind,
    type: wanted.type,
    name: slugOf(wanted.name ?? wanted.type),
    workspace: wanted.workspace,
    visibility: wanted.visibility ?? DEFAULT_VISIBILITY[wanted.kind],
    active: wanted.active ?? true,
    history: DEFAULT_HISTORY,
    settings: wanted.settings ?? {},
    createdAt: now,
    updatedAt: now,
    revision: 0,
  };
}

/** The slug of a name. @throws Problem `malformed-request` when there is none, or when it reads like an id */
export function slugOf(name: string): string {
  const slug = toName(name);
  if (slug === undefined) {
    throw badName('must hold a letter or digit, and no control characters');
  }
  if (isStreamId(slug)) throw badName('must not have the form of an id');
  return slug;
}

function badName(message: string): Problem {
  return new Problem('malformed-request', `A name ${message}.`, {
    errors: [
      { field: 'name', message: `${message}; it becomes a slug of at most ${MAX_NAME_LENGTH} characters` },
    ],
  });
}
