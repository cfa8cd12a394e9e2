import { TextDecoder } from 'node:util';
import { mediaType } from '#libs/contracts';

/** How far from its beginning an XML declaration is looked for. */
const DECLARATION_BYTES = 256;

/**
 * The text of an XML document. Which encoding it is in, the byte order mark says first, then the Content-Type, then
 * the document's own declaration (RFC 7303, section 3); failing all of them it is UTF-8. Bytes that do not fit become
 * U+FFFD: half the feeds of the world would be lost otherwise for one bad letter.
 */
export function feedText(bytes: Uint8Array, contentType: string | undefined): string {
  const declared = /charset/i.test(contentType ?? '') ? mediaType(contentType).charset : undefined;
  const label = markedEncoding(bytes) ?? declared ?? encodingInDeclaration(bytes) ?? 'utf-8';
  const decoder = decoderFor(label);
  // In two steps, since Node 20 takes windows-1252 for ISO 8859-1 when it decodes in one.
  return decoder.decode(bytes, { stream: true }) + decoder.decode();
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return undefined;
}

function encodingInDeclaration(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, DECLARATION_BYTES)).toString('latin1');
  return /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(head)?.[1];
}

function decoderFor(label: string): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder('utf-8');
  }
}
