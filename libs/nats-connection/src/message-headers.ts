import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** The headers of a message. @param fields values without line ends, or the client throws; undefined leaves one out */
export function messageHeaders(fields: Readonly<Record<string, string | undefined>>): MsgHdrs {
  const built = headers();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) built.set(name, value);
  return built;
}
