/** A release archive whose bytes are known in advance. */
export interface ReleaseAsset {
  readonly version: string;
  readonly url: string;
  /** Of the archive, in lower-case hexadecimal. */
  readonly sha256: string;
  /** Path of the binary inside the archive. */
  readonly binary: string;
}

const VERSION = '2.15.0';
const RELEASES = 'https://github.com/nats-io/nats-server/releases/download';

/**
 * SHA-256 of `nats-server-v2.15.0-<key>.tar.gz`. Those for Linux are the ones that the project's own container
 * build checks (nats-io/nats-docker, 2.15.x/alpine3.22/Dockerfile); those for macOS are the release's SHA256SUMS
 * as several independent projects recorded them, together with the same Linux values.
 *
 * A platform without a checksum from such a source is not listed, and Windows is not because its archive is a
 * zip. To move to another version, replace all of them: a pinned sum is what makes any mirror or proxy safe.
 */
const SHA256: Readonly<Record<string, string>> = {
  'linux-amd64': '5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92',
  'linux-arm64': 'cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112',
  'linux-arm7': 'ec5f4689d017e07cfa18442e10da051c0f3f9dd2e7f4dc7cdb55a11f1303c952',
  'linux-386': 'f572eccdbb35ab5c7fef7703a5b6ca49e55d039e441920ba5478972ecdcf7a47',
  'linux-ppc64le': 'a402bf73f91f674735cc85aa0e7d06d5dfa3044b98cda6ea9937cfee4e05a266',
  'linux-s390x': 'ac50bf4adc8fa6db575ed9293417b6fbec746e71cc9d360aea5cd447e4207bfc',
  'darwin-amd64': '5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95',
  'darwin-arm64': 'e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8',
};

/** Node's names of processors in the spelling of the releases. Node has no build for ARM before version 7. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  arm: 'arm7',
  ia32: '386',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

/** The archive for this kind of machine. @returns undefined when no checksum is pinned for it */
export function releaseAsset(platform: NodeJS.Platform, arch: string): ReleaseAsset | undefined {
  const key = `${platform}-${ARCHITECTURES[arch]}`;
  const sha256 = SHA256[key];
  if (sha256 === undefined) return undefined;
  const name = `nats-server-v${VERSION}-${key}`;
  return {
    version: VERSION,
    url: `${RELEASES}/v${VERSION}/${name}.tar.gz`,
    sha256,
    binary: `${name}/nats-server`,
  };
}
