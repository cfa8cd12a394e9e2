/** What is treated badly. */
export interface Victim {
  readonly workflow: string;
  readonly source: string;
  /** Path of the source's endpoint. */
  readonly hook: string;
  /** A key that may do everything. */
  readonly key: string;
}

/** A header as it is sent. */
export type Header = readonly [name: string, value: string];

/** What the bodies of most calls are said to be. */
export const JSON_TYPE: Header = ['Content-Type', 'application/json'];

/** What lets a request of the victim's own in. */
export function authorization({ key }: Victim): Header {
  return ['Authorization', `Bearer ${key}`];
}
