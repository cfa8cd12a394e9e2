/**
 * The header that shows a credential, or none.
 *
 * @throws TypeError for text that no header can hold. `fetch` would say so as well, and quote the secret
 */
export function credentialHeader(apiKey: string | undefined): Record<string, string> {
  if (apiKey === undefined) return {};
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError('The key has characters that no key has.');
  }
  return { authorization: `Bearer ${apiKey}` };
}
