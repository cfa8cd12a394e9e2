import { join } from 'node:path';
import type { AptSource } from './apt-sources.js';
import type { OsRelease } from './os-release.js';

/** A distribution whose own archive has a new enough nats-server in a newer suite. */
interface Distribution {
  /** How the address of its archive, or of a mirror, ends. */
  readonly uri: RegExp;
  readonly component: string;
  readonly keyring: string;
  /** Suites known to have nats-server 2.12 or newer, the steadiest first. */
  readonly suites: readonly string[];
  /** Names by which a machine may follow its archive instead of by codename. */
  readonly aliases: readonly string[];
}

const DISTRIBUTIONS: Readonly<Record<string, Distribution>> = {
  debian: {
    uri: /\/debian\/?$|^mirror\+file:.*debian/,
    component: 'main',
    keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
    // 2.15.1 in both when this was written; backports for trixie had none.
    suites: ['forky', 'sid'],
    aliases: ['stable', 'testing', 'unstable', 'sid'],
  },
  ubuntu: {
    uri: /\/ubuntu(-ports)?\/?$|^mirror\+file:.*ubuntu/,
    component: 'universe',
    keyring: '/usr/share/keyrings/ubuntu-archive-keyring.gpg',
    // 26.10 has 2.14.1, all before it 2.10; `devel` is always the one in the making, for when 26.10 is gone.
    suites: ['stonking', 'devel'],
    aliases: ['devel'],
  },
};

/** Where to ask for the package: a line for apt says it all. */
export interface ArchiveSuite {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
  /** Absolute paths, joined by commas, as `signed-by` takes them. */
  readonly keyrings: string;
}

/**
 * The places to try, in order: the mirrors that this machine already uses, with the suites that have the
 * package. The address of an archive is never made up, since a machine may reach nothing but its own mirror.
 *
 * @param root of the file system, for keyrings that the machine's sources do not name
 * @returns the places, or why there is none
 */
export function archiveSuites(
  os: OsRelease,
  sources: readonly AptSource[],
  root: string,
): ArchiveSuite[] | { readonly passedOver: string } {
  const distribution = DISTRIBUTIONS[os.id];
  if (distribution === undefined) return { passedOver: `this system is ${os.id}, not Debian or Ubuntu` };
  const { uri, component, keyring, suites, aliases } = distribution;
  const isOwnArchive = (source: AptSource): boolean =>
    uri.test(source.uri) &&
    source.components.includes('main') &&
    source.suites.some((suite) => suite === os.codename || aliases.includes(suite));
  const mirrors = new Map(sources.filter(isOwnArchive).map((source) => [source.uri, source.keyrings]));
  if (mirrors.size === 0) return { passedOver: `apt's sources name no mirror of the ${os.id} archive` };
  return suites.flatMap((suite) =>
    [...mirrors].map(([mirror, named]) => ({
      uri: mirror,
      suite,
      component,
      keyrings: named.length > 0 ? named.join(',') : join(root, keyring),
    })),
  );
}
