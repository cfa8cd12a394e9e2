import { hash, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { randomBase62 } from '#libs/contracts';
import { isTicket } from './tickets/ticket-form.js';

/** What every API key begins with, so that secret scanners and people recognise one. */
export const API_KEY_PREFIX = 'rnl_';

const KEY_ID_CHARACTERS = 12;
/** 32 base-62 characters carry 190 bits. */
const SECRET_CHARACTERS = 32;
/** The fewest base-62 characters that hold 32 bits. */
const CHECKSUM_CHARACTERS = 6;

const KEY_ID = /^[0-9A-Za-z]{12}$/;
const API_KEY = /^rnl_([0-9A-Za-z]{12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;
/** What somebody else's generator makes: long enough not to be guessed, short enough for a header. */
const OPAQUE_KEY = /^[\x21-\x7e]{24,256}$/;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The parts of a key, `rnl_<key id>_<secret><checksum>`. */
export interface ApiKeyParts {
  /** Names the key; may be shown and logged. */
  readonly keyId: string;
  readonly secret: string;
}

/** A new id for a key. */
export function newKeyId(): string {
  return randomBase62(KEY_ID_CHARACTERS);
}

/** Whether the text has the form of a key id: only then may it become part of a subject. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/**
 * The text of a new key. Shown to its owner once and kept nowhere.
 *
 * @param keyId of an existing key when its secret is replaced
 */
export function newApiKey(keyId: string = newKeyId()): string {
  const text = `${API_KEY_PREFIX}${keyId}_${randomBase62(SECRET_CHARACTERS)}`;
  return text + checksum(text);
}

/**
 * Reads a key.
 *
 * @returns undefined for a text that {@link newApiKey} cannot have written, as its checksum shows
 */
export function parseApiKey(text: string): ApiKeyParts | undefined {
  const match = API_KEY.exec(text);
  if (match === null) return undefined;
  const [, keyId, secret, sum] = match as unknown as [string, string, string, string];
  return checksum(text.slice(0, -CHECKSUM_CHARACTERS)) === sum ? { keyId, secret } : undefined;
}

/**
 * Whether a text that we have not made may be an API key: 24 to 256 printable ASCII characters without spaces.
 * Only an operator makes such a key, as the first admin key of the system.
 */
export function isOpaqueKey(text: string): boolean {
  return OPAQUE_KEY.test(text) && !isTicket(text);
}

/**
 * The id of the key with this text: written in it, or derived from the hash of one that we have not made.
 *
 * @returns undefined for what cannot be a key
 */
export function keyIdOf(text: string): string | undefined {
  return parseApiKey(text)?.keyId ?? (isOpaqueKey(text) ? derivedKeyId(hashSecret(text)) : undefined);
}

/** What is stored of a key, and what is asked about: the SHA-256 of its whole text, in hex. */
export function hashSecret(keyText: string): string {
  return hash('sha256', keyText);
}

/** Whether two hashes are equal, in a time that does not tell where they differ. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Tells the secrets that a key had one after the other apart, and says nothing else about them. */
export function fingerprintOf(hash: string): string {
  return hash.slice(0, 16);
}

function checksum(text: string): string {
  return base62(BigInt(crc32(text)), CHECKSUM_CHARACTERS);
}

function derivedKeyId(hash: string): string {
  return base62(BigInt(`0x${hash}`), KEY_ID_CHARACTERS);
}

/** The last digits of a number. */
function base62(value: bigint, characters: number): string {
  let rest = value;
  let digits = '';
  while (digits.length < characters) {
    digits = DIGITS[Number(rest % 62n)] + digits;
    rest /= 62n;
  }
  return digits;
}
