import { ANY_STREAM, type KeyRecord, type Principal } from '#libs/access';
import { Problem } from '#libs/contracts';

type Strength = Pick<KeyRecord, 'scopes' | 'streams' | 'expiresAt' | 'root'>;

/**
 * Refuses to hand out a key that can do what the caller cannot: one that is made, and one whose new secret the
 * caller would learn by rotating it.
 *
 * @throws Problem `not-allowed`
 */
export function requireNotStronger(caller: Principal, key: Strength): void {
  const missing = key.scopes.filter((scope) => !caller.scopes.includes(scope));
  if (missing.length > 0) throw stronger(`the scope ${missing.join(', ')}`);
  if (!reaches(caller, key)) throw stronger('streams beyond its own');
  if ((key.expiresAt ?? Number.POSITIVE_INFINITY) > (caller.expiresAt ?? Number.POSITIVE_INFINITY)) {
    throw stronger('a longer life than its own');
  }
  if (key.root && !caller.root) throw stronger('the rights of a root key');
}

/**
 * Refuses to revoke a key out of the caller's reach. Narrower scopes and a shorter life do not matter here:
 * whoever manages keys must be able to end one that has leaked.
 *
 * @throws Problem `not-allowed`
 */
export function requireReach(caller: Principal, key: Strength): void {
  if (key.root && !caller.root) throw new Problem('not-allowed', 'Only a root key can revoke a root key.');
  if (!reaches(caller, key)) {
    throw new Problem('not-allowed', 'The key is for streams that the credential is not for.');
  }
}

function reaches(caller: Principal, { streams }: Strength): boolean {
  return caller.streams.includes(ANY_STREAM) || streams.every((stream) => caller.streams.includes(stream));
}

function stronger(what: string): Problem {
  return new Problem('not-allowed', `A key cannot give away what it does not have: ${what}.`);
}
