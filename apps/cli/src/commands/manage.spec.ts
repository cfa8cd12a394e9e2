import { describe, expect, it } from '@jest/globals';
import { harness } from '../fixtures/harness.js';

const here = harness();
const last = () => here.service.calls.at(-1);

describe('runnel create workflow', () => {
  it('creates it and shows its SSE address', async () => {
    expect(await here.runnel('create workflow news --visibility private')).toBe(0);
    expect(last()?.body).toEqual({ name: 'news', visibility: 'private' });
    expect(here.io.stdout.text).toMatch(/^SSE +http.*\/pipelines\/p_a+\/sse$/m);
  });

  it('refuses a visibility that does not exist', async () => {
    expect(await here.runnel('create workflow news --visibility hidden')).toBe(2);
  });
});

describe('runnel describe', () => {
  it('shows the stream and what makes it, a field a line', async () => {
    here.service.stream('hook', 'source', { endpoint: 'https://x', nats_subject: 'events.1.a.b' });
    expect(await here.runnel('describe hook')).toBe(0);
    expect(here.io.stdout.lines).toEqual(
      expect.arrayContaining([
        'Name          hook',
        'Active        yes',
        'Endpoint      https://x',
        'NATS subject  events.1.a.b',
        'Events kept   0',
        'Subscribers   0',
      ]),
    );
  });

  it('shows what it may see when it may not manage', async () => {
    here.service.stream('news');
    // The second call, for what only managers see.
    const { push } = here.service.calls;
    here.service.calls.push = (...calls) => {
      if (calls[0]?.path.startsWith('/v1/workflows')) here.service.nextRefusals.push([403, 'not-allowed']);
      return push.apply(here.service.calls, calls);
    };
    expect(await here.runnel('describe news --json')).toBe(0);
    expect(JSON.parse(here.io.stdout.text)).toMatchObject({ name: 'news', event_count: 0 });
  });

  it('exits 1 for what does not exist', async () => {
    expect(await here.runnel('describe nothing')).toBe(1);
    expect(here.io.stderr.text).toBe('error: It is not-found.\n');
  });
});

describe('runnel update', () => {
  it.each([
    ['--name other', { name: 'other' }],
    ['--activate', { active: true }],
    ['--deactivate', { active: false }],
    ['--visibility private', { visibility: 'private' }],
    ['--set channel=null', { channel: null }],
  ])('changes with %s just that', async (options, body) => {
    const { id } = here.service.stream('hook', 'source').view;
    expect(await here.runnel(`update hook ${options}`)).toBe(0);
    expect(last()).toMatchObject({ method: 'PUT', path: `/v1/sources/${id}`, body });
    expect(Object.keys(last()?.body as object)).toEqual(Object.keys(body));
  });

  it('goes to the workflow when it is one', async () => {
    const { id } = here.service.stream('news').view;
    await here.runnel('update news --name other');
    expect(last()?.path).toBe(`/v1/workflows/${id}`);
    expect(here.io.stdout.text).toBe(`Changed other (${id}).\n`);
  });

  it.each(['', ' --activate --deactivate'])('refuses "update hook%s" as wrong usage', async (options) => {
    expect(await here.runnel(`update hook${options}`)).toBe(2);
    expect(here.service.calls).toEqual([]);
  });
});

describe('runnel delete', () => {
  it.each(['source', 'workflow'] as const)('deletes a %s by name', async (kind) => {
    const { id } = here.service.stream('x', kind).view;
    expect(await here.runnel('delete x')).toBe(0);
    expect(last()).toMatchObject({ method: 'DELETE', path: `/v1/${kind}s/${id}` });
    expect(here.io.stdout.text).toBe(`Deleted x (${id}).\n`);
  });

  it.each(['.', '..'])('deletes nothing for the name %j', async (name) => {
    expect(await here.runnel(`delete ${name}`)).toBe(1);
    expect(here.service.calls).toEqual([]);
  });
});
