import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One archive that this machine's apt uses. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Absolute paths of keyrings; empty when the entry names none (or carries a key itself). */
  readonly keyrings: readonly string[];
}

/** All binary-package sources, in apt's order of files. @param root of the file system */
export async function readAptSources(root: string): Promise<AptSource[]> {
  const directory = join(root, 'etc/apt/sources.list.d');
  const names = (await readdir(directory).catch(() => [])).sort();
  const files = [join(root, 'etc/apt/sources.list'), ...names.map((name) => join(directory, name))];
  const sources: AptSource[] = [];
  for (const file of files) {
    // Apt itself ignores other endings, which is how people switch a file off.
    if (!/\.(list|sources)$/.test(file)) continue;
    const text = await readFile(file, 'utf8').catch(() => '');
    sources.push(...(file.endsWith('.list') ? parseOneLine(text) : parseDeb822(text)));
  }
  return sources;
}

/** `deb [signed-by=…] uri suite component …`, a line each: sources.list(5). */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri, suites: [suite], components: words(components), keyrings: keyrings(signedBy) }];
  });
}

/** Stanzas of `Field: value` with continuation lines: deb822(5), as sources.list(5) uses it. */
export function parseDeb822(text: string): AptSource[] {
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  return withoutComments.split(/\n\s*\n/).flatMap((stanza) => {
    const field = (name: string): string =>
      new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '';
    if (!words(field('Types')).includes('deb')) return [];
    if (/^(no|false|0|off|without|disable)$/i.test(field('Enabled').trim())) return [];
    return words(field('URIs')).map((uri) => ({
      uri,
      suites: words(field('Suites')),
      components: words(field('Components')),
      keyrings: keyrings(field('Signed-By')),
    }));
  });
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Fingerprints, and keys that stand in the file itself, are left out: they cannot be handed on as a path. */
function keyrings(signedBy: string | undefined): string[] {
  if (signedBy === undefined || signedBy.includes('-----BEGIN')) return [];
  return signedBy.split(/[\s,]+/).filter((part) => /^\/[^\s"[\]]+$/.test(part));
}
