/**
 * Event names and the data that each carries, for those who want both checked: give an interface such as
 * `{ tick: number; 'session-count': number }` as the `Events` of a session or channel. Left out, any name goes with
 * any data.
 */
export interface AnyEvents {
  [name: string]: unknown;
}

/** The names that may be given to an event. */
export type EventName<Events> = keyof Events & string;

/** The data of an event without a name: what `onmessage` hears. */
export type MessageData<Events> = 'message' extends keyof Events ? Events['message'] : never;
