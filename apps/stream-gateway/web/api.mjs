/** Beside this header the cookie counts that holds the key; no page of another site can send it. */
const CONSOLE = { 'x-runnel-console': '1' };

/** Milliseconds within which an answer comes, or is lost: of what only asks, and of what changes something. */
const ANSWER_MS = { GET: 8_000, other: 30_000 };

let onSignedOut = () => {};

/** @param listener called with the reason when an answer says that nobody is signed in any more */
export function whenSignedOut(listener) {
  onSignedOut = listener;
}

/** `fetch` as who has signed in. */
export function send(address, options = {}) {
  return fetch(address, { ...options, headers: { ...options.headers, ...CONSOLE } });
}

/**
 * A JSON call. Throws an Error whose message is for people; its `status` is the answer's, and undefined where none came.
 */
export async function call(method, path, body) {
  const [response, text] = await answerTo(method, path, body);
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  const reason = problemIn(text) ?? `${response.status} ${response.statusText}`;
  if (response.status === 401) onSignedOut(reason);
  throw Object.assign(new Error(reason), { status: response.status });
}

async function answerTo(method, path, body) {
  try {
    const response = await send(path, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS[method] ?? ANSWER_MS.other),
    });
    return [response, await response.text()];
  } catch (cause) {
    const outcome = method === 'GET' ? '' : ' Whether it was done is not known.';
    throw new Error(`The service does not answer.${outcome}`, { cause });
  }
}

function problemIn(text) {
  try {
    const { detail, title, errors = [] } = JSON.parse(text);
    return [detail ?? title, ...errors.map(({ field, message }) => `${field} ${message}`)].join(' · ');
  } catch {
    return undefined;
  }
}

/** Where a stream is listened to, at this origin. */
export function ssePath({ kind, id }) {
  return `/${kind === 'source' ? 'sources' : 'pipelines'}/${id}/sse`;
}
