/** Beside this header the cookie counts that holds the key; no page of another site can send it. */
const CONSOLE = { 'x-runnel-console': '1' };

let onSignedOut = () => {};

/** @param listener called when an answer says that nobody is signed in any more */
export function whenSignedOut(listener) {
  onSignedOut = listener;
}

/** `fetch` as who has signed in. */
export function send(address, options = {}) {
  return fetch(address, { ...options, headers: { ...options.headers, ...CONSOLE } });
}

/** A JSON call. Throws an Error whose message is for people; its `status` is the answer's. */
export async function call(method, path, body) {
  const response = await send(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  if (response.status === 401) onSignedOut();
  throw Object.assign(new Error(problemIn(text) ?? `${response.status} ${response.statusText}`), {
    status: response.status,
  });
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
