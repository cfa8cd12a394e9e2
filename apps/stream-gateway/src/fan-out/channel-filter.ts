/** Whether a filter lets an event through: without a filter all pass, with one only what has a channel. */
export function passes(channels: ReadonlySet<string> | undefined, channel: string | undefined): boolean {
  return channels === undefined || (channel !== undefined && channels.has(channel));
}
