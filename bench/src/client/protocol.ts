import type { HistogramData } from '../measure/histogram.js';
import type { Faults } from './delivery-check.js';
import type { StreamAddress } from './subscriber.js';

/** What a load client is told to do. Each command gets one answer. */
export type Command =
  | {
      /** Opens connections, resolved when each has its response head and as many events as it is to begin with. */
      readonly do: 'open';
      /** Connections are spread over these addresses evenly. */
      readonly addresses: readonly StreamAddress[];
      readonly connections: number;
      /** Number of the first event of each connection, or undefined for any. */
      readonly first: number | undefined;
      /** Events that each connection gets before it counts as open. */
      readonly eventsFirst: number;
      /** Connections that are being opened at once. */
      readonly atOnce: number;
      /** Whether a connection that ends comes back and resumes, as an EventSource does. */
      readonly resume: boolean;
    }
  | {
      /** Waits until all connections together have got this many events since they were opened. */
      readonly do: 'await';
      readonly events: number;
      readonly patienceMs: number;
    }
  /** Says what has happened since the last look. */
  | { readonly do: 'look' }
  | { readonly do: 'close' };

export interface Look {
  readonly faults: Faults;
  /** What broke the first of the connections that broke since the last look, where that is known. */
  readonly firstFailure: string | undefined;
  readonly latencyUs: HistogramData;
  /** Events since the connections were opened. */
  readonly events: number;
  /** Connections whose response head has come. */
  readonly open: number;
  /** CPU of the load client since it began, in milliseconds: to see that it is not what was measured. */
  readonly cpuMs: number;
}

export interface Request {
  readonly id: number;
  readonly command: Command;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: Look | undefined }
  | { readonly id: number; readonly ok: false; readonly error: string };
