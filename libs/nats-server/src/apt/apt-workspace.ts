import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveSuite } from './archive.js';

/**
 * A private place for apt: own lists, cache, status and source, and nothing of the machine's package state is
 * read, locked or changed. So no root is needed, and a broken or busy dpkg does not matter. What the machine
 * says of proxies and certificates still holds, since its configuration is read before ours.
 *
 * @param directory exists and is empty
 * @returns the path of the configuration, for `apt-get --config-file`
 */
export async function makeAptWorkspace(
  directory: string,
  place: ArchiveSuite,
  architecture: string,
): Promise<string> {
  const at = (name: string): string => join(directory, name);
  // Old apt does not make the partial directories in places that it did not choose.
  await mkdir(at('state/lists/partial'), { recursive: true });
  await mkdir(at('cache/archives/partial'), { recursive: true });
  await writeFile(at('status'), '');
  // Only the index of packages: machines are often set up to fetch contents and translations, too.
  const options = `arch=${architecture} target=Packages pdiffs=no signed-by=${place.keyrings}`;
  await writeFile(at('sources.list'), `deb [${options}] ${place.uri} ${place.suite} ${place.component}\n`);
  const config = at('apt.conf');
  await writeFile(config, aptConfig(at));
  return config;
}

function aptConfig(at: (name: string) => string): string {
  return `
    // What the machine runs after an update, such as emptying its cache, has nothing to do with ours.
    #clear APT::Update::Pre-Invoke;
    #clear APT::Update::Post-Invoke;
    #clear APT::Update::Post-Invoke-Success;
    APT::Update::Error-Mode "any";
    // Root would change to the user _apt for downloads, who cannot see a directory of root's.
    APT::Sandbox::User "root";
    // How far a download is, in lines for programs: see aptPercent.
    APT::Status-Fd "3";
    Acquire::Retries "1";
    Acquire::http::Timeout "20";
    Acquire::https::Timeout "20";
    Dir::Etc::sourcelist "${at('sources.list')}";
    Dir::Etc::sourceparts "/dev/null";
    // Pins of the machine's administrator concern what gets installed, and nothing is.
    Dir::Etc::preferences "/dev/null";
    Dir::Etc::preferencesparts "/dev/null";
    Dir::State "${at('state')}";
    Dir::State::lists "${at('state/lists')}";
    Dir::State::status "${at('status')}";
    Dir::Cache "${at('cache')}";
  `;
}

/** Reads `dlstatus:<files>:<percent>:<text>`. @returns 0 to 100, whole; undefined for lines on other things */
export function aptPercent(line: string): number | undefined {
  const match = /^dlstatus:\d+:([\d.]+):/.exec(line);
  return match === null ? undefined : Math.floor(Number(match[1]));
}
