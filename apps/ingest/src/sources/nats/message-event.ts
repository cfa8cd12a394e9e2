import { decodeUtf8, MAX_PAYLOAD_DEPTH, parseJson } from '#libs/contracts';

/** A message of NATS, as its client hands it over. */
export interface NatsMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: Iterable<readonly [string, readonly string[]]> | undefined;
}

/** The event that a message becomes. Data that is JSON has its value, other text is a string, bytes are base64. */
export function messageEvent({ subject, data, headers }: NatsMessage) {
  const pairs = [...(headers ?? [])].map(([name, values]) => [
    name,
    values.length === 1 ? values[0] : values,
  ]);
  return {
    subject,
    ...(pairs.length > 0 && { headers: Object.fromEntries(pairs) as Record<string, unknown> }),
    ...dataIn(data),
  };
}

function dataIn(bytes: Uint8Array) {
  const text = decodeUtf8(bytes);
  if (text === undefined) return { data: Buffer.from(bytes).toString('base64'), data_encoding: 'base64' };
  try {
    return { data: parseJson(text, MAX_PAYLOAD_DEPTH) };
  } catch {
    return { data: text };
  }
}
