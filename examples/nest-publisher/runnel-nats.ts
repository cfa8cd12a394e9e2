import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import {
  type ClientProvider,
  type IncomingResponse,
  NatsRecord,
  NatsRecordBuilder,
  type ProducerDeserializer,
  type ReadPacket,
  type Serializer,
  Transport,
} from '@nestjs/microservices';

/** Runnel's answer to an event: it is stored. */
export interface Stored {
  readonly stream: string;
  readonly seq: number;
  /** The event's cursor: what subscribers get as its id. */
  readonly id: string;
  readonly duplicate?: true;
}

/** The options of a ClientProxy that publishes to Runnel with an API key. */
export function runnelNats(servers: string, apiKey: string): ClientProvider {
  return {
    transport: Transport.NATS,
    options: {
      servers,
      token: apiKey,
      // A key hears the answers to its own messages, under the id that stands between its underscores.
      inboxPrefix: `_INBOX_${apiKey.split('_')[1]}`,
      // nats.js would otherwise give up after ten attempts to reconnect.
      maxReconnectAttempts: -1,
      serializer: new PlainPayload(),
      deserializer: new RunnelAnswer(),
    },
  };
}

/**
 * An event for `send` and `emit`.
 *
 * @param id the same id stores once within two minutes. Left out: every event is stored
 */
export function runnelEvent(channel: string, payload: unknown, id?: string): NatsRecord {
  const fields = headers();
  fields.set('Runnel-Channel', channel);
  if (id !== undefined) fields.set('Nats-Msg-Id', id);
  return new NatsRecordBuilder(payload).setHeaders(fields).build();
}

/** The payload alone is the message. Nest's own serializer would send `{"pattern":…,"data":<payload>,"id":…}`. */
class PlainPayload implements Serializer<ReadPacket, NatsRecord<string, MsgHdrs>> {
  serialize({ data }: ReadPacket): NatsRecord<string, MsgHdrs> {
    const record = data instanceof NatsRecord ? data : new NatsRecord(data, undefined);
    return new NatsRecord(JSON.stringify(record.data), record.headers);
  }
}

/** Takes Runnel's answer as it is. Nest's own deserializer would take its `id` for that of another request. */
class RunnelAnswer implements ProducerDeserializer {
  deserialize(message: Msg): IncomingResponse {
    const { error, ...stored } = message.json<Stored & { error?: { description: string } }>();
    const err = error && new Error(error.description);
    return { id: '', ...(err ? { err } : { response: stored }), isDisposed: true };
  }
}
