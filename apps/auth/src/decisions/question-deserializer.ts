import { NatsRequestJSONDeserializer } from '@nestjs/microservices/deserializers/nats-request-json.deserializer.js';

type Deserialize = NatsRequestJSONDeserializer['deserialize'];

/**
 * Reads what the other services ask. Nest's own reader throws for what is no JSON, and writes an error with its stack
 * for each such message; here it is a question that cannot be answered, as one with the wrong fields is.
 */
export class QuestionDeserializer extends NatsRequestJSONDeserializer {
  override deserialize(...[message, options]: Parameters<Deserialize>): ReturnType<Deserialize> {
    try {
      return super.deserialize(message, options);
    } catch {
      return { pattern: options?.channel, data: undefined };
    }
  }
}
