import { connect } from 'node:net';
import { Module, type Type } from '@nestjs/common';
import { createLog } from '../src/log/create-log.js';
import { type RunningService, type RunOptions, runService } from '../src/run/run-service.js';
import { commonSettings } from '../src/settings/common-settings.js';
import { defineSettings } from '../src/settings/define-settings.js';

export interface TestService extends RunningService {
  /** What was logged so far, parsed. */
  readonly lines: Record<string, unknown>[];
}

export interface TestServiceOptions extends Partial<RunOptions> {
  readonly controllers?: Type[];
  readonly env?: NodeJS.ProcessEnv;
  readonly level?: string;
}

const running: TestService[] = [];

/** A real service on a free port, which {@link closeTestServices} ends. */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { controllers = [], env = {}, level = 'info', ...overrides } = options;
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const service = await runService({
    name: 'test',
    module: moduleWith(controllers),
    settings: defineSettings(commonSettings({ port: 0 })).parse({ RUNNEL_DRAIN_MS: '0', ...env }),
    log: createLog({ service: 'test', level, destination }),
    signals: false,
    ...overrides,
  });
  running.push({ ...service, lines });
  return running.at(-1) as TestService;
}

export async function closeTestServices(): Promise<void> {
  await Promise.all(running.splice(0).map((service) => service.close()));
}

/**
 * Sends bytes as they are, and resolves with everything that came back until the connection ended.
 *
 * @param next sent when the first part of the answer is there
 */
export function exchange(port: number, request: string, next?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setEncoding('latin1');
    if (next !== undefined) socket.once('data', () => socket.write(next));
    socket.on('data', (text) => {
      answer += text;
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

function moduleWith(controllers: Type[]): Type {
  @Module({ controllers })
  class TestModule {}
  return TestModule;
}
