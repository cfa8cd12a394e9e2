import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CpuProfile } from '../measure/cpu-profile.js';

const HOOK = new URL('./profile-hook.mjs', import.meta.url).href;

/** The CPU profiles that gateways write into a directory as they end. */
export class GatewayProfiles {
  /** Those of the run: every gateway that is started while it is set is profiled. */
  static current: GatewayProfiles | undefined;

  private constructor(
    private readonly into: string,
    private readonly fresh: string,
  ) {}

  /** @param into where profiles go in the end, for tools that draw them */
  static open(into: string): GatewayProfiles {
    mkdirSync(into, { recursive: true });
    return new GatewayProfiles(into, mkdtempSync(join(into, '.running-')));
  }

  /** The environment of a gateway that is to be profiled. */
  get env(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import=${HOOK}`, RUNNEL_BENCH_PROFILES: this.fresh };
  }

  /** What has been written since the last time; the files are kept under this name. */
  take(name: string): CpuProfile[] {
    return readdirSync(this.fresh).map((file) => {
      const kept = join(this.into, `${name}-${file}`);
      renameSync(join(this.fresh, file), kept);
      return JSON.parse(readFileSync(kept, 'utf8')) as CpuProfile;
    });
  }

  close(): void {
    rmSync(this.fresh, { recursive: true });
  }
}
