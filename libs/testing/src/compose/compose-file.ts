import { parse } from 'yaml';

/** One service of a compose file, with all variables filled in. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target?: string };
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** How many of it run; default 1. */
  readonly replicas: number;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly profiles: readonly string[];
}

interface RawService extends Omit<Partial<ComposeService>, 'environment' | 'replicas'> {
  environment?: Record<string, unknown>;
  deploy?: { replicas?: number };
}

/**
 * The services of a compose file.
 *
 * @param env what `${NAME}` stands for
 * @throws when a variable is required and missing, in the words of the file
 */
export function readComposeFile(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, ComposeService> {
  const { services } = parse(interpolate(text, env), { merge: true }) as {
    services: Record<string, RawService>;
  };
  return new Map(
    Object.entries(services).map(([name, { deploy, environment, ports, volumes, profiles, ...rest }]) => [
      name,
      {
        ...rest,
        environment: Object.fromEntries(
          // Nothing at all means that the value comes from the environment of whoever runs compose.
          Object.entries(environment ?? {}).map(([key, value]) => [key, String(value ?? env[key] ?? '')]),
        ),
        replicas: deploy?.replicas ?? 1,
        ports: ports ?? [],
        volumes: volumes ?? [],
        profiles: profiles ?? [],
      },
    ]),
  );
}

/** Fills in `${NAME}`, `${NAME:-default}` and `${NAME:?what to do}`; comments stay as they are. */
function interpolate(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const variable = /\$\{(?<name>\w+)(?::(?<kind>[-?])(?<rest>[^}]*))?\}/g;
  return text
    .split('\n')
    .map((line) => {
      if (/^\s*#/.test(line)) return line;
      return line.replace(variable, (all, name: string, kind: string | undefined, rest = '') => {
        const value = env[name] || undefined;
        if (value !== undefined) return value;
        if (kind === '-') return rest;
        throw new Error(`${all} is not set${kind === '?' ? `: ${rest}` : ''}`);
      });
    })
    .join('\n');
}
