import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, Req } from '@nestjs/common';
import { commonSettings, createLog, defineSettings, type RunningService, runService } from '#libs/service';
import { FakeChannel, principalFor } from '../../test/fake-channel.js';
import { hashSecret, newApiKey } from '../api-key.js';
import { type Principal, type Scope } from '../principal.js';
import { AccessModule } from './access.module.js';
import { Caller, principalOf } from './caller.js';
import { RequireScope } from './require-scope.js';

const channel = new FakeChannel();

@Controller()
@RequireScope('publish')
class GuardedController {
  @Get('publish')
  publish(@Caller() caller: Principal) {
    return { caller: caller.name };
  }

  @Get('manage')
  @RequireScope('manage')
  manage(@Req() request: object) {
    return { caller: principalOf(request)?.name };
  }
}

@Controller('either')
@RequireScope('subscribe', 'manage')
class EitherController {
  @Get()
  either(@Caller() caller: Principal) {
    return { caller: caller.name };
  }
}

@Controller()
class OpenController {
  @Get('open')
  open(@Req() request: object) {
    return { caller: principalOf(request)?.name ?? 'nobody' };
  }

  @Get('mistake')
  mistake(@Caller() caller: Principal) {
    return caller;
  }
}

@Module({
  imports: [AccessModule.forRoot({ channel })],
  controllers: [GuardedController, EitherController, OpenController],
})
class GuardedModule {}

let service: RunningService;
beforeAll(async () => {
  const settings = defineSettings(commonSettings({ port: 0 })).parse({ RUNNEL_DRAIN_MS: '500' });
  const log = createLog({ service: 'test', level: 'silent' });
  service = await runService({ name: 'test', module: GuardedModule, settings, log, signals: false });
});
afterAll(async () => {
  await service?.close();
  expect(channel.closed).toBe(true);
});

function keyWith(...scopes: Scope[]): string {
  const key = newApiKey();
  const principal = principalFor('k', hashSecret(key), { name: scopes.join('+'), scopes });
  channel.decisions.set(hashSecret(key), { ok: true, principal });
  return key;
}

async function get(path: string, authorization?: string) {
  const headers = authorization === undefined ? undefined : { authorization };
  const response = await fetch(`${service.url}${path}`, headers && { headers });
  const body = (await response.json()) as { type?: string; caller?: string };
  return { status: response.status, challenge: response.headers.get('www-authenticate'), ...body };
}

describe('@RequireScope', () => {
  it('lets a caller in whose key has the scope, and says who it is', async () => {
    expect(await get('/publish', `Bearer ${keyWith('publish')}`)).toMatchObject({
      status: 200,
      caller: 'publish',
    });
  });

  it('counts on a method more than on its class', async () => {
    expect(await get('/manage', `Bearer ${keyWith('manage')}`)).toMatchObject({
      status: 200,
      caller: 'manage',
    });
    expect(await get('/manage', `Bearer ${keyWith('publish')}`)).toMatchObject({ status: 403 });
  });

  it('takes any of several scopes, and names them to a caller who has none', async () => {
    for (const scope of ['subscribe', 'manage'] as const) {
      expect(await get('/either', `Bearer ${keyWith(scope)}`)).toMatchObject({ status: 200, caller: scope });
    }
    expect(await get('/either', `Bearer ${keyWith('publish')}`)).toMatchObject({
      status: 403,
      detail: 'The credential does not have the scope "subscribe" or "manage".',
    });
  });

  it('answers 401 with a challenge to nobody and to a bad credential', async () => {
    const none = { status: 401, challenge: 'Bearer', type: 'urn:runnel:problem:no-credential' };
    expect(await get('/publish')).toMatchObject(none);
    const bad = {
      status: 401,
      challenge: 'Bearer error="invalid_token"',
      type: 'urn:runnel:problem:bad-credential',
    };
    for (const header of [`Bearer ${newApiKey()}`, 'Bearer rnl_x', 'Basic eDp5', 'Bearer']) {
      expect(await get('/publish', header)).toMatchObject(bad);
    }
  });

  it('answers 403 to a key without the scope, 400 to a key in the query', async () => {
    expect(await get('/publish', `Bearer ${keyWith('subscribe')}`)).toMatchObject({ status: 403 });
    expect(await get(`/publish?k=${keyWith('publish')}`)).toMatchObject({ status: 400 });
  });

  it('answers 503 while nobody can be asked', async () => {
    channel.reachable = false;
    expect(await get('/publish', `Bearer ${newApiKey()}`)).toMatchObject({ status: 503 });
    channel.reachable = true;
  });
});

describe('where no scope is required', () => {
  it('nobody is known', async () => {
    expect(await get('/open', `Bearer ${keyWith('publish')}`)).toMatchObject({
      status: 200,
      caller: 'nobody',
    });
  });

  it('@Caller() is a mistake that shows at once', async () => {
    expect(await get('/mistake')).toMatchObject({ status: 500 });
  });
});
