import { ConnectError, RunnelError } from '../errors.js';
import { connectError } from './connect-error.js';
import { credentialHeader } from './credential-header.js';
import { refusalOf } from './refusal.js';

/** Milliseconds within which an answer must be complete. */
const ANSWER_MS = 30_000;

export interface HttpOptions {
  /** Where Runnel is, such as `https://events.example.com` or `https://example.com/runnel`. */
  readonly baseUrl: string;
  /** An API key or a ticket. Left out: requests carry no credential. */
  readonly apiKey?: string | undefined;
  /** Left out: the platform's own. */
  readonly fetch?: typeof fetch | undefined;
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** JSON calls to one Runnel. */
export class Http {
  readonly baseUrl: string;

  /** @throws TypeError for a base URL or key that cannot be used */
  constructor(private readonly options: HttpOptions) {
    this.baseUrl = new URL(options.baseUrl).href.replace(/\/+$/, '');
    credentialHeader(options.apiKey);
  }

  /**
   * One call, made once.
   *
   * @param path begins with a slash, its parts encoded
   * @returns the answer's JSON; undefined when it has no body
   * @throws RunnelError when the service refuses, ConnectError when it cannot be reached or takes over 30 s
   */
  async call<T>(method: string, path: string, { body, headers, signal }: CallOptions = {}): Promise<T> {
    const limit = AbortSignal.timeout(ANSWER_MS);
    const { fetch: send = fetch, apiKey } = this.options;
    const url = this.baseUrl + path;
    try {
      const response = await send(url, {
        method,
        headers: {
          accept: 'application/json',
          ...credentialHeader(apiKey),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        redirect: 'manual',
      });
      if (!response.ok) throw await refusalOf(response);
      return parsed<T>(response.status, await response.text());
    } catch (error) {
      if (error instanceof RunnelError) throw error;
      signal?.throwIfAborted();
      if (limit.aborted) throw new ConnectError(this.baseUrl, 'did not answer in time', { cause: error });
      throw connectError(url, error);
    }
  }
}

function parsed<T>(status: number, text: string): T {
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw unexpectedAnswer(status);
  }
}

/** Something answered that is not Runnel. */
export function unexpectedAnswer(status: number): RunnelError {
  const detail = 'The answer is not one of Runnel: is this the right address?';
  return new RunnelError({ status, code: 'unexpected-answer', detail });
}

/**
 * An id or name as a part of a path.
 *
 * @throws RunnelError `not-found` for what no id or name can be and would lead to another address
 */
export function segment(idOrName: string): string {
  if (idOrName === '' || idOrName === '.' || idOrName === '..') {
    throw new RunnelError({ status: 404, code: 'not-found', detail: 'Nothing here has this id or name.' });
  }
  return encodeURIComponent(idOrName);
}
