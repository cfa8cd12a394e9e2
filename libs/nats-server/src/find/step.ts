/** Where a binary came from. */
export type NatsServerOrigin = 'NATS_SERVER_BIN' | 'PATH' | 'cache' | 'release' | 'apt';

export interface FoundNatsServer {
  /** Absolute path of a binary that has been run once. */
  readonly path: string;
  /** Such as `2.15.1`. */
  readonly version: string;
  readonly origin: NatsServerOrigin;
}

/** How far a fetch is, for a line on stderr. */
export interface FetchProgress {
  readonly step: 'release' | 'apt';
  readonly message: string;
  /** Of the present download, 0 to 100, whole; absent while nobody knows. */
  readonly percent?: number;
  /** Only the release tells bytes; `totalBytes` is absent when the server has not said. */
  readonly receivedBytes?: number;
  readonly totalBytes?: number;
}

/** What the steps look at. Everything comes in from outside, so a test can lay out a machine of its own. */
export interface FindContext {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  /** As `process.arch` names it. */
  readonly arch: string;
  readonly onProgress: (progress: FetchProgress) => void;
}

/** A step either ends the search or says why it did not. Only what must end it with an error rejects. */
export type StepResult = FoundNatsServer | { readonly passedOver: string };

/** The file name of the binary on this platform. */
export function binaryName(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'nats-server.exe' : 'nats-server';
}
