import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { inProject } from '#libs/testing';
import type { Stage } from './dockerfile.js';

const run = promisify(execFile);

/** The build that does not look at types, which other checks do: seconds instead of a minute. */
const QUICK_BUILD = ['scripts/quick-build.mjs'];

/** What a container of an image is started with. */
export interface ImageTree {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
  readonly health: readonly string[];
}

interface Build {
  root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  command: string[];
  health: string[];
}

/**
 * Carries out a Dockerfile's steps in folders, where there is no engine: COPY as it is written, and the build from what
 * was copied. The base image is this machine; instead of `npm ci` the packages come from the checkout's own node_modules,
 * exactly those that the lockfile has for the same options. Any other RUN has to be known here, or the building fails.
 */
export class ImageTrees {
  private readonly built = new Map<string, Build>();

  /** @param dir empty, outside of the checkout, so that nothing is found that was not copied */
  constructor(
    private readonly stages: ReadonlyMap<string, Stage>,
    private readonly dir: string,
  ) {}

  /** Builds a stage, and those that it needs, once. */
  async build(name: string): Promise<ImageTree> {
    const known = this.built.get(name);
    if (known !== undefined) return known;
    const stage = this.stages.get(name);
    if (stage === undefined) throw new Error(`The Dockerfile has no stage ${name}.`);
    const root = join(this.dir, name);
    await mkdir(root);
    let build: Build = { root, workdir: '/', env: {}, user: 'root', command: [], health: [] };
    if (this.stages.has(stage.from)) {
      const base = await this.build(stage.from);
      // Links, since steps add files and change none.
      await run('cp', ['-al', `${base.root}/.`, root]);
      build = { ...(structuredClone(base) as Build), root };
    }
    this.built.set(name, build);
    for (const { word, rest } of stage.instructions) await this.step(build, word, rest);
    return build;
  }

  private async step(build: Build, word: string, rest: string): Promise<void> {
    if (word === 'COPY') await this.copy(build, rest);
    else if (word === 'RUN') await this.run(build, rest);
    else if (word === 'WORKDIR') {
      build.workdir = rest;
      await mkdir(join(build.root, rest), { recursive: true });
    } else if (word === 'ENV') {
      for (const [, key = '', value = ''] of rest.matchAll(/(\w+)=(\S*)/g)) build.env[key] = value;
    } else if (word === 'USER') build.user = rest;
    else if (word === 'CMD') build.command = JSON.parse(rest);
    else if (word === 'HEALTHCHECK') build.health = JSON.parse(rest.slice(rest.indexOf('[')));
    else if (!['EXPOSE', 'VOLUME'].includes(word)) throw new Error(`What does ${word} do?`);
  }

  private async copy(build: Build, rest: string): Promise<void> {
    const [, from, paths = ''] = /^(?:--from=(\S+)\s+)?(.*)$/.exec(rest) ?? [];
    const words = paths.split(/\s+/);
    const to = words.pop() as string;
    // nats-server comes from an image of its own; here it is this machine's.
    if (from !== undefined && this.stages.get(from)?.instructions.length === 0) return;
    const base = from === undefined ? inProject('.') : (await this.build(from)).root;
    const ignored = from === undefined ? await ignoredPaths() : [];
    for (const word of words) {
      for (const path of await expand(base, word)) {
        if (ignored.includes(path)) throw new Error(`${path} is copied, and .dockerignore leaves it out.`);
        const target = to.endsWith('/') ? join(to, basename(path)) : to;
        await cp(join(base, path), join(build.root, target.startsWith('/') ? '/' : build.workdir, target), {
          recursive: true,
        });
      }
    }
  }

  private async run(build: Build, command: string): Promise<void> {
    const cwd = join(build.root, build.workdir);
    if (command.startsWith('npm ci ')) await install(cwd, command);
    else if (command === 'npm run build') {
      if (process.env.RUNNEL_WHOLE_BUILD) await run('npm', ['run', 'build'], { cwd });
      else await run(process.execPath, QUICK_BUILD, { cwd });
    } else if (/^mkdir (\/\w+) && chown \S+ \1$/.test(command))
      await mkdir(join(build.root, command.split(' ')[1] as string));
    else throw new Error(`What does RUN ${command} do?`);
  }
}

/** What `npm ci` installs with these options, from the checkout's node_modules. */
async function install(cwd: string, command: string): Promise<void> {
  const omitted = new Set([...command.matchAll(/--omit=(\w+)/g)].map(([, kind]) => kind));
  await rm(join(cwd, 'node_modules'), { recursive: true, force: true });
  if (omitted.size === 0) {
    await symlink(inProject('node_modules'), join(cwd, 'node_modules'));
    return;
  }
  const { packages } = JSON.parse(await readFile(join(cwd, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: true; optional?: true; devOptional?: true }>;
  };
  for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
    const left =
      (dev && omitted.has('dev')) ||
      (optional && omitted.has('optional')) ||
      (devOptional && omitted.has('dev') && omitted.has('optional'));
    if (path === '' || left) continue;
    const nested = join(inProject(path), 'node_modules');
    await cp(inProject(path), join(cwd, path), {
      recursive: true,
      // Packages within packages are in the lockfile by themselves.
      filter: (source) => source !== nested,
    }).catch((error: NodeJS.ErrnoException) => {
      // Made for another machine.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

async function ignoredPaths(): Promise<string[]> {
  return (await readFile(inProject('.dockerignore'), 'utf8')).split('\n').filter((line) => line !== '');
}

/** The paths that a word of COPY names; none is fine for a pattern alone. */
async function expand(base: string, word: string): Promise<string[]> {
  if (!word.endsWith('*')) return [word];
  return (await readdir(base)).filter((name) => name.startsWith(word.slice(0, -1)));
}
