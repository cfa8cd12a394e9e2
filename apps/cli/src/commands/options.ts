import { InvalidArgumentError, Option } from 'commander';

/** Options that several commands have. */

export function jsonOption(): Option {
  return new Option('--json', 'print JSON');
}

export function visibilityOption(): Option {
  return new Option('--visibility <who>', 'who may read the stream').choices(['public', 'private']);
}

export function settingOption(): Option {
  const description =
    'setting of the type, repeatable; the value is JSON or plain text, the key may have dots';
  return new Option('--set <key=value>', description).default({}, 'none').argParser(setting);
}

/** Fields of a request, by name; without prototype, so that no key of a user's can reach one. */
export type Settings = { [key: string]: unknown };

/** Adds `response.status=202` to the settings so far. */
export function setting(text: string, previous: Settings = {}): Settings {
  const equals = text.indexOf('=');
  const path = text.slice(0, equals).split('.');
  if (equals < 1 || path.includes('')) {
    throw new InvalidArgumentError('It must be like key=value, or outer.inner=value.');
  }
  const settings: Settings = Object.assign(Object.create(null), previous);
  let at = settings;
  for (const key of path.slice(0, -1)) {
    const inner: Settings = Object.assign(Object.create(null), at[key]);
    at[key] = inner;
    at = inner;
  }
  at[path.at(-1) as string] = jsonOrText(text.slice(equals + 1));
  return settings;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
