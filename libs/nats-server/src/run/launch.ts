import { NatsServerFailed } from '../errors.js';
import { configFile, type ServerSettings } from './config-file.js';
import type { LogRing } from './log-ring.js';
import { NatsProcess } from './nats-process.js';
import { writePidFile } from './orphan.js';
import { type ServerPorts, waitForPorts } from './ports-file.js';
import type { ServerFiles } from './server-files.js';

export interface LaunchOptions {
  readonly binary: string;
  readonly settings: ServerSettings;
  readonly files: ServerFiles;
  readonly env: NodeJS.ProcessEnv;
  readonly logs: LogRing;
  readonly onLog: (line: string) => void;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Hears of the process before it is ready, to end it if this process ends meanwhile. */
  readonly onSpawn: (process: NatsProcess) => void;
}

/**
 * Starts one process and waits until it serves. A process that does not get there is gone when this rejects.
 *
 * @param signal gives up the attempt
 * @throws NatsServerFailed when it exits first or takes longer than `startTimeoutMs`
 */
export async function launch(
  options: LaunchOptions,
  signal: AbortSignal,
): Promise<{ process: NatsProcess; ports: ServerPorts }> {
  const { binary, settings, files, env, logs, startTimeoutMs } = options;
  const config = await files.writeConfig(configFile(settings));
  const onLine = (line: string): void => {
    logs.push(line);
    options.onLog(line);
  };
  const process = await NatsProcess.spawn({ binary, configFile: config, env, onLine });
  options.onSpawn(process);
  const attempt = new AbortController();
  const giveUp = (): void => attempt.abort();
  const timer = setTimeout(giveUp, startTimeoutMs);
  signal.addEventListener('abort', giveUp);
  void process.exited.then(giveUp);
  try {
    if (files.pidFile !== undefined) await writePidFile(files.pidFile, process.pid);
    return { process, ports: await waitForPorts(files.runDirectory, process.pid, attempt.signal) };
  } catch (cause) {
    const exited = process.gone;
    await process.terminate(options.stopTimeoutMs);
    if (!attempt.signal.aborted) throw cause;
    const { code, signal: by } = await process.exited;
    const what = exited
      ? `nats-server exited with ${by ?? `code ${code}`} before it was ready`
      : signal.aborted
        ? 'nats-server was stopped while it started'
        : `nats-server was not ready after ${startTimeoutMs} ms`;
    throw new NatsServerFailed(what, logs.lines(), { cause });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
