import { connect, type OnReadOpts, type Socket } from 'node:net';
import type { Histogram } from '../measure/histogram.js';
import { nowUs, readStamp } from '../payload.js';
import { ChunkedBody } from './chunked-body.js';
import { DeliveryCheck, type Faults } from './delivery-check.js';
import { EventLines, type FieldSink } from './event-lines.js';
import { parseHead } from './response-head.js';

/** Where a stream is read. */
export interface StreamAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What subscribers of one group have in common. */
export interface SubscriberGroup {
  readonly faults: Faults;
  readonly latencyUs: Histogram;
  /** Bytes of one read, for all: what is in it is used up before the next read of anybody. */
  readonly readBuffer: Buffer;
  readonly withIds: boolean;
  /** Called when the head of the response has come. */
  onOpen(subscriber: Subscriber): void;
  /** Called for each event. */
  onEvent(): void;
  /** Called with what kept a connection from being opened, or broke it, before {@link onClose}. */
  onFailure(error: Error): void;
  /** Called once when the connection has ended, whoever ended it. */
  onClose(subscriber: Subscriber): void;
}

/** One raw connection that reads an event stream and checks every delivery. */
export class Subscriber implements FieldSink {
  /** Cursor of the last event, where the group wants ids. */
  lastId: string | undefined;
  private readonly socket: Socket;
  private readonly lines: EventLines;
  private readonly check: DeliveryCheck;
  private body: ChunkedBody | undefined;
  private head: Buffer | undefined = Buffer.alloc(0);
  private pendingId: string | undefined;
  private name: string | undefined;
  private dataLines = 0;
  private given = false;

  /**
   * @param from local address, so that more connections are possible than one address has ports
   * @param first number that the first event must have, or undefined for any
   */
  constructor(
    address: StreamAddress,
    private readonly group: SubscriberGroup,
    from: string,
    first: number | undefined,
  ) {
    this.check = new DeliveryCheck(group.faults, first);
    this.lines = new EventLines(this, group.withIds);
    const onread: OnReadOpts = {
      buffer: group.readBuffer,
      callback: (length, buffer) => {
        this.read(buffer as Buffer, length);
        return true;
      },
    };
    this.socket = connect({ host: address.host, port: address.port, localAddress: from, onread });
    this.socket.on('connect', () => this.socket.write(requestFor(address)));
    this.socket.on('error', (error) => {
      if (!this.given) group.onFailure(error);
    });
    this.socket.on('close', () => {
      if (!this.given) this.group.faults.broken += 1;
      group.onClose(this);
    });
  }

  /** Number of the event that must come next. */
  get expected(): number | undefined {
    return this.check.expected;
  }

  /** Says that an end of the connection is no fault from now on. */
  allowEnd(): void {
    this.given = true;
  }

  close(): void {
    this.given = true;
    this.socket.destroy();
  }

  data(bytes: Buffer, from: number, to: number): void {
    this.dataLines += 1;
    if (this.name?.startsWith('runnel.')) return;
    const stamp = readStamp(bytes, from, to);
    if (stamp === undefined || stamp.size !== to - from || this.dataLines > 1) {
      this.group.faults.damaged += 1;
      return;
    }
    this.check.take(stamp.n);
    this.group.latencyUs.add(nowUs() - stamp.sentUs);
  }

  event(name: string): void {
    this.name = name;
  }

  id(id: string): void {
    this.pendingId = id;
  }

  dispatch(): void {
    if (this.name?.startsWith('runnel.')) this.group.faults.refused += 1;
    else if (this.dataLines > 0) {
      this.lastId = this.pendingId;
      this.group.onEvent();
    }
    this.name = undefined;
    this.dataLines = 0;
  }

  private read(bytes: Buffer, length: number): void {
    try {
      if (this.head === undefined) this.pushBody(bytes, 0, length);
      else this.readHead(Buffer.concat([this.head, bytes.subarray(0, length)]));
    } catch (error) {
      this.group.faults.damaged += 1;
      this.socket.destroy(error as Error);
    }
  }

  private readHead(bytes: Buffer): void {
    this.head = bytes;
    const head = parseHead(bytes);
    if (head === undefined) return;
    this.head = undefined;
    if (head.status !== 200 || !head.headers.get('content-type')?.startsWith('text/event-stream')) {
      this.socket.destroy(new Error(`answered ${head.status}, which is no event stream`));
      return;
    }
    if (head.headers.get('transfer-encoding') === 'chunked') {
      this.body = new ChunkedBody(
        (body, from, to) => this.lines.push(body, from, to),
        () => this.socket.end(),
      );
    }
    this.group.onOpen(this);
    this.pushBody(bytes, head.length, bytes.length);
  }

  private pushBody(bytes: Buffer, from: number, to: number): void {
    if (this.body === undefined) this.lines.push(bytes, from, to);
    else this.body.push(bytes, from, to);
  }
}

function requestFor({ host, port, path, headers }: StreamAddress): string {
  const lines = Object.entries({ host: `${host}:${port}`, accept: 'text/event-stream', ...headers });
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}
