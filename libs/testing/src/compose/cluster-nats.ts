import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findNatsServer } from '#libs/nats-server';
import { eventually } from '../eventually.js';
import { inProject } from '../project-root.js';
import { end, exited } from './child.js';
import type { Restartable } from './keep-running.js';

/** Ports inside the containers, as docker-compose.yml and deploy/compose have them. */
export const NATS_PORTS = { client: 4222, routes: 6222, monitoring: 8222 } as const;

export interface ClusterNatsOptions {
  readonly name: string;
  /** For its files; must not exist yet. */
  readonly dir: string;
  /** Where each port of the container is here: host and port. */
  readonly at: Readonly<Record<keyof typeof NATS_PORTS, string>>;
  readonly env: Readonly<Record<string, string>>;
}

/** A nats-server of the cluster, with deploy/compose/nats.conf. Whoever starts it stops it. */
export class ClusterNats implements Restartable {
  readonly name: string;
  readonly url: string;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly binary: string,
    private readonly options: ClusterNatsOptions,
  ) {
    this.name = options.name;
    this.url = `nats://${options.at.client}`;
  }

  /** Writes its configuration; it does not run before {@link start}. */
  static async prepare(options: ClusterNatsOptions): Promise<ClusterNats> {
    const { dir, at } = options;
    const { path: binary } = await findNatsServer();
    await mkdir(dir);
    const text = await readFile(inProject('deploy/compose/nats.conf'), 'utf8');
    const config = text
      .replace(`"0.0.0.0:${NATS_PORTS.client}"`, JSON.stringify(at.client))
      .replace(`"0.0.0.0:${NATS_PORTS.routes}"`, JSON.stringify(at.routes))
      .replace(`"127.0.0.1:${NATS_PORTS.monitoring}"`, JSON.stringify(at.monitoring))
      .replace('"/data"', JSON.stringify(join(dir, 'data')));
    await writeFile(join(dir, 'nats.conf'), config);
    return new ClusterNats(binary, options);
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  exited(): Promise<void> {
    return exited(this.child);
  }

  /** Ends it as the signal does, and resolves when it has gone. */
  kill(signal: NodeJS.Signals): Promise<void> {
    return end(this.child, signal);
  }

  /** Starts it, again with its data and ports, and resolves when it is healthy. */
  async start(): Promise<void> {
    const { dir, at, env, name } = this.options;
    const log = `${dir}.log`;
    this.child = spawn(this.binary, ['--config', join(dir, 'nats.conf'), '--log', log], {
      env: { ...env, PATH: process.env.PATH },
      stdio: 'ignore',
    });
    const healthz = `http://${at.monitoring}/healthz`;
    await eventually(`${name} is healthy`, async () => (await fetch(healthz)).ok, 30_000).catch(
      async (cause: unknown) => {
        throw new Error(await readFile(log, 'utf8'), { cause });
      },
    );
  }

  restart(): Promise<void> {
    return this.start();
  }
}
