import { describe, expect, it } from '@jest/globals';
import { type LoginGrant, readLoginRequest, writeLoginAnswer } from './login-tokens.js';
import { AccountKey } from './nkey.js';

const issuer = AccountKey.generate();
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
// biome-ignore lint/suspicious/noExplicitAny: whatever was written is looked at with matchers
const claimsOf = (token: string): any =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

const asked = {
  type: 'authorization_request',
  server_id: { id: 'NSERVER', name: 'n1' },
  user_nkey: 'UUSER',
  connect_opts: { auth_token: 'a key' },
};
const request = { serverId: 'NSERVER', userKey: 'UUSER', token: 'a key' };
const grant: LoginGrant = {
  name: 'k.f',
  account: 'PUBLISHERS',
  publish: ['publish.default.*'],
  subscribe: ['_INBOX_k.>'],
  expiresAtS: 2_000_000_000,
};

describe('readLoginRequest', () => {
  it('reads what matters of what a server asks', () => {
    expect(readLoginRequest(`head.${encoded({ nats: asked })}.signature`)).toEqual(request);
    const anonymous = { ...asked, connect_opts: { user: 'somebody', pass: 'x' } };
    expect(readLoginRequest(`head.${encoded({ nats: anonymous })}.signature`)).toEqual({
      ...request,
      token: undefined,
    });
  });

  it.each(['', 'x', 'a.b.c', `a.${encoded(null)}.c`, `a.${encoded({ nats: { ...asked, type: 'user' } })}.c`])(
    'ignores what no server has written: %s',
    (text) => expect(readLoginRequest(text)).toBeUndefined(),
  );
});

describe('writeLoginAnswer', () => {
  it('answers this server about this connection, with a user that may do what was granted', () => {
    const answer = claimsOf(writeLoginAnswer(issuer, request, grant));
    const toConnection = { sub: 'UUSER', iss: issuer.publicKey };
    expect(answer).toMatchObject({
      ...toConnection,
      aud: 'NSERVER',
      nats: { type: 'authorization_response' },
    });
    expect(claimsOf(answer.nats.jwt)).toMatchObject({
      ...toConnection,
      aud: 'PUBLISHERS',
      name: 'k.f',
      exp: 2_000_000_000,
      nats: {
        type: 'user',
        pub: { allow: ['publish.default.*'] },
        sub: { allow: ['_INBOX_k.>'] },
        payload: 1_048_576,
        subs: 65,
        allowed_connection_types: ['STANDARD', 'WEBSOCKET'],
      },
    });
  });

  it('denies everything where nothing is granted', () => {
    const answer = claimsOf(writeLoginAnswer(issuer, request, { ...grant, publish: [], subscribe: [] }));
    const { nats } = claimsOf(answer.nats.jwt);
    expect([nats.pub, nats.sub]).toEqual([{ deny: ['>'] }, { deny: ['>'] }]);
  });

  it('refuses without a reason, and repeats nothing of the key', () => {
    const token = writeLoginAnswer(issuer, request, undefined);
    expect(claimsOf(token).nats).toEqual({ type: 'authorization_response', version: 2, error: 'refused' });
    expect(JSON.stringify(claimsOf(token))).not.toContain('a key');
  });
});
