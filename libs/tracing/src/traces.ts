import type { OtlpRecorder } from './otlp-recorder.js';
import type { TraceOptions } from './trace-options.js';
import type { TraceRecorder } from './trace-recorder.js';

/**
 * The traces of a process. While nobody collects any, nothing of the SDK is loaded, {@link recorder} is
 * undefined, and all that the services do about it is to see that it is.
 */
export class Traces {
  private constructor(private readonly exporting: OtlpRecorder | undefined) {}

  /** @param options undefined where nobody collects traces */
  static async open(options: TraceOptions | undefined): Promise<Traces> {
    if (options === undefined) return new Traces(undefined);
    const { OtlpRecorder } = await import('./otlp-recorder.js');
    return new Traces(new OtlpRecorder(options));
  }

  get recorder(): TraceRecorder | undefined {
    return this.exporting;
  }

  /** Sends what is left, for 2 s at the most. Never rejects. */
  async close(): Promise<void> {
    await this.exporting?.close();
  }
}
