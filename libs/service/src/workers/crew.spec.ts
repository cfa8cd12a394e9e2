import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Counter, Gauge, Registry } from 'prom-client';
import { Drain } from '../drain/drain.js';
import { NotReady } from '../errors.js';
import { ReadinessRegistry } from '../health/readiness-registry.js';
import { createLog } from '../log/create-log.js';
import type { Colleagues } from './colleagues.js';
import { Crew } from './crew.js';
import { CrewMember } from './crew-member.js';

/** One end of a channel to another process: what is sent to it arrives later, as text. */
class End extends EventEmitter {
  other: End | undefined;

  send(message: object): void {
    const text = JSON.stringify(message);
    queueMicrotask(() => this.other?.emit('message', JSON.parse(text)));
  }
}

/** A worker in this process, in place of one of its own: the channel between them, and its end, are all that is played. */
class TestWorker extends End {
  readonly channel = new End();
  readonly member: CrewMember;
  readonly colleagues: Colleagues;
  readonly readiness: ReadinessRegistry;
  readonly signals: string[] = [];
  readonly process = {
    pid: 1 as number | undefined,
    kill: (signal: string) => this.signals.push(signal) > 0,
  };
  readonly events: Counter;

  constructor(readonly number: number) {
    super();
    this.other = this.channel;
    this.channel.other = this;
    const registry = new Registry();
    const registers = [registry];
    this.events = new Counter({ name: 'events_total', help: 'x', registers });
    new Gauge({ name: 'up', help: 'x', registers, aggregator: 'min' }).set(number === 1 ? 1 : 0);
    this.readiness = new ReadinessRegistry(log, new Drain(log));
    this.member = new CrewMember(number, this.channel);
    this.colleagues = this.member.join({ registry, readiness: this.readiness });
  }

  begin(exitCode = 0): void {
    this.member.begin('http://here', () => this.exit(exitCode));
  }

  exit(code: number | null, signal: string | null = null): void {
    this.other = undefined;
    this.emit('exit', code, signal);
  }
}

const log = createLog({ service: 'x', level: 'silent' });
let workers: TestWorker[];
let crew: Crew;
/** What a worker does when it has been started. */
let life: (worker: TestWorker) => void;
/** What happens while it is started. */
let birth: (worker: TestWorker) => void;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
  workers = [];
  life = (worker) => worker.begin();
  birth = () => {};
  crew = new Crew({
    size: 2,
    log,
    registry: new Registry(),
    stopMs: 1_000,
    pauseMs: { least: 100, most: 200 },
    fork: (number) => {
      const worker = new TestWorker(number);
      workers.push(worker);
      birth(worker);
      queueMicrotask(() => life(worker));
      return worker;
    },
  });
});

afterEach(() => {
  jest.useRealTimers();
});

async function started(): Promise<[TestWorker, TestWorker]> {
  const starting = crew.start();
  await jest.advanceTimersByTimeAsync(0);
  expect(await starting).toBe('http://here');
  return [workers[0] as TestWorker, workers[1] as TestWorker];
}

describe('the workers of a service', () => {
  it('are as many as were asked for, and each answers for all of them', async () => {
    const [one, two] = await started();
    one.events.inc(2);
    two.events.inc(3);
    expect(await two.colleagues.alive()).toBe(true);
    expect(await one.colleagues.readiness()).toEqual({ status: 'ok', checks: {} });
    const metrics = (await one.colleagues.metrics()).split('\n');
    expect(metrics).toEqual(expect.arrayContaining(['events_total 5', 'up 0', 'runnel_workers 2']));
  });

  it('are ready when each of them is', async () => {
    const [one, two] = await started();
    two.readiness.add('nats', () => {
      throw new NotReady('There is no connection.');
    });
    expect(await one.colleagues.readiness()).toEqual({
      status: 'unavailable',
      checks: { nats: { status: 'failed', detail: 'There is no connection.' } },
    });
  });

  it('are neither alive nor ready when one of them does not answer', async () => {
    const [one, two] = await started();
    two.other = undefined;
    const answers = Promise.all([one.colleagues.alive(), one.colleagues.readiness()]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(await answers).toEqual([false, expect.objectContaining({ status: 'unavailable' })]);
  });

  it('know how many of something the others have, those that come later too, until these are gone', async () => {
    const [one, two] = await started();
    const ofOne = one.colleagues.counts('connections');
    const ofTwo = two.colleagues.counts('connections');
    ofOne?.own('a', 1);
    ofOne?.own('a', 2);
    await jest.advanceTimersByTimeAsync(1);
    expect([ofOne?.count('a'), ofTwo?.count('a'), ofTwo?.count('b')]).toEqual([0, 2, 0]);
    two.exit(1);
    await jest.advanceTimersByTimeAsync(100);
    const ofThree = workers[2]?.colleagues.counts('connections');
    expect(ofThree?.count('a')).toBe(2);
    one.exit(1);
    await jest.advanceTimersByTimeAsync(0);
    expect(ofThree?.count('a')).toBe(0);
  });
});

describe('a worker that ends by itself', () => {
  it('is replaced, after a pause that grows while that does not help', async () => {
    const [one] = await started();
    life = (worker) => worker.exit(1);
    one.exit(null, 'SIGKILL');
    const numbers = () => workers.slice(2).map(({ number }) => number);
    await jest.advanceTimersByTimeAsync(99);
    expect(numbers()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(numbers()).toEqual([1]);
    await jest.advanceTimersByTimeAsync(199);
    expect(numbers()).toEqual([1]);
    life = (worker) => worker.begin();
    await jest.advanceTimersByTimeAsync(1);
    expect(numbers()).toEqual([1, 1]);
    const metrics = await workers[1]?.colleagues.metrics();
    expect(metrics).toContain('runnel_worker_replacements_total 2');
    expect(metrics).toContain('runnel_workers 2');
  });

  it.each<[string, (worker: TestWorker) => void]>([
    [
      'refuses it',
      () => {
        throw new Error('no memory');
      },
    ],
    [
      'fails at it later',
      (worker) => {
        worker.process.pid = undefined;
        queueMicrotask(() => worker.emit('error', new Error('no processes')));
      },
    ],
  ])('is replaced by the next but one where the system %s', async (_how, failure) => {
    const [one] = await started();
    birth = failure;
    life = () => {};
    one.exit(1);
    await jest.advanceTimersByTimeAsync(100);
    expect(workers).toHaveLength(3);
    birth = () => {};
    life = (worker) => worker.begin();
    await jest.advanceTimersByTimeAsync(200);
    expect(workers.map(({ number }) => number)).toEqual([1, 2, 1, 1]);
    expect(await workers[1]?.colleagues.metrics()).toContain('runnel_workers 2');
  });

  it('before it listens keeps the service from starting, and the others end', async () => {
    life = (worker) => (worker.number === 1 ? worker.begin() : worker.exit(1));
    const starting = crew.start();
    const failed = expect(starting).rejects.toThrow('Worker 2 did not start');
    await jest.advanceTimersByTimeAsync(0);
    await failed;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(workers).toHaveLength(2);
  });
});

describe('the end of the workers', () => {
  it('is well when that of each of them is, and nobody is replaced', async () => {
    await started();
    expect(await crew.stop()).toBe(true);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(workers).toHaveLength(2);
  });

  it('is not, when one of them did not end well', async () => {
    life = (worker) => worker.begin(worker.number === 1 ? 0 : 1);
    await started();
    expect(await crew.stop()).toBe(false);
  });

  it('comes for one that still starts as soon as it has started', async () => {
    const [one] = await started();
    life = () => {};
    one.exit(1);
    await jest.advanceTimersByTimeAsync(100);
    const stopped = crew.stop();
    await jest.advanceTimersByTimeAsync(10);
    workers[2]?.begin();
    await jest.advanceTimersByTimeAsync(0);
    expect(await stopped).toBe(true);
  });

  it('is brought about where one does not end in time', async () => {
    life = (worker) => worker.member.begin('http://here', () => {});
    const [one, two] = await started();
    const stopped = crew.stop();
    await jest.advanceTimersByTimeAsync(1_000);
    expect([one.signals, two.signals]).toEqual([['SIGKILL'], ['SIGKILL']]);
    one.exit(null, 'SIGKILL');
    two.exit(null, 'SIGKILL');
    expect(await stopped).toBe(false);
  });
});

describe('a signal', () => {
  it('goes to those that listen', async () => {
    const [one, two] = await started();
    life = () => {};
    two.exit(1);
    await jest.advanceTimersByTimeAsync(100);
    crew.signal('SIGUSR2');
    expect([one.signals, workers[2]?.signals]).toEqual([['SIGUSR2'], []]);
  });
});
