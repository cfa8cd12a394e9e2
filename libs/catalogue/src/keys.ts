import { isStreamId } from '#libs/contracts';

/** Workspaces and tokens become parts of keys: whatever else NATS would read into them is shut out. */
const KEY_PART = /^[0-9A-Za-z_-]{1,128}$/;

/** `entry.<id>` keeps the entry itself. Ids are checked by `isStreamId` before. */
export function entryKey(id: string): string {
  return `entry.${id}`;
}

/** `name.<workspace>.<name>` keeps the id. Names are checked by `isName` before. */
export function nameKey(workspace: string, name: string): string {
  return `name.${workspace}.${name}`;
}

/** `endpoint.<token>` keeps the id. */
export function endpointKey(token: string): string {
  return `endpoint.${token}`;
}

/** `history.<id>` says that the entry has a history of its own. Ids are checked by `isStreamId` before. */
export function historyKey(id: string): string {
  return `history.${id}`;
}

/** Whether the text can be a workspace or an endpoint token in a key. */
export function isKeyPart(text: string): boolean {
  return KEY_PART.test(text);
}

/** The id whose entry a key keeps, or undefined for the other keys. */
export function idInKey(key: string): string | undefined {
  const id = key.startsWith('entry.') ? key.slice('entry.'.length) : '';
  return isStreamId(id) ? id : undefined;
}
