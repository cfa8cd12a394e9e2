import {
  type ConnectionOptions,
  connect,
  headers,
  type MsgHdrs,
  type NatsConnection,
} from '@nats-io/transport-node';

/** Milliseconds that an answer may take. */
const ANSWER_MS = 5_000;

/** A program of somebody's that speaks NATS. Whoever opens it closes it. */
export class NatsClient {
  /** What the server complained of, in its words. */
  readonly complaints: string[] = [];

  private constructor(readonly connection: NatsConnection) {
    void this.listen();
  }

  static async open(url: string, options: ConnectionOptions = {}): Promise<NatsClient> {
    return new NatsClient(await connect({ servers: url, ...options }));
  }

  publish(subject: string, payload: string, fields: Readonly<Record<string, string>> = {}): void {
    this.connection.publish(subject, payload, { headers: headersOf(fields) });
  }

  /** Publishes and waits for the answer, which is JSON. */
  async request(
    subject: string,
    payload: string,
    fields: Readonly<Record<string, string>> = {},
    // biome-ignore lint/suspicious/noExplicitAny: a test asserts the form of what came
  ): Promise<any> {
    const options = { headers: headersOf(fields), timeout: ANSWER_MS };
    return (await this.connection.request(subject, payload, options)).json();
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private async listen(): Promise<void> {
    for await (const status of this.connection.status()) {
      if (status.type === 'error') this.complaints.push(status.error.message);
    }
  }
}

function headersOf(fields: Readonly<Record<string, string>>): MsgHdrs {
  const all = headers();
  for (const [name, value] of Object.entries(fields)) all.set(name, value);
  return all;
}
