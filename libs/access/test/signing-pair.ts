import { exportJWK, generateKeyPair } from 'jose';
import type { PublicKey } from '../src/tickets/public-key.js';
import type { CryptoKeyOfTickets } from '../src/tickets/ticket-claims.js';

/** A key that signs tickets, and what it is verified with. */
export interface SigningPair {
  readonly kid: string;
  readonly key: CryptoKeyOfTickets;
  readonly publicKey: PublicKey;
}

export async function signingPair(kid = 'k1'): Promise<SigningPair> {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const { x = '' } = await exportJWK(publicKey);
  return {
    kid,
    key: privateKey,
    publicKey: { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' },
  };
}
