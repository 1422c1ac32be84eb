import { apiKey } from './key.ts';

/** Why a call failed, in as many kinds as the page has words for. */
export type FailureKind =
  | 'offline' // no answer at all
  | 'unauthorized' // no key, or one that the server does not know
  | 'forbidden'
  | 'missing'
  | 'rejected' // the request is wrong, as the server sees it
  | 'too-long' // the prompt does not fit the context
  | 'busy'
  | 'server'
  | 'interrupted' // the answer broke off
  | 'unreadable';

export class ApiError extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number | null,
    readonly detail: string,
  ) {
    super(`${kind}${status === null ? '' : ` (${status})`}: ${detail}`);
  }
}

/** A call to the server that this page came from. Throws {@link ApiError} unless the answer is a success. */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const key = apiKey.value;
  if (key !== '') headers.set('Authorization', `Bearer ${key}`);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('offline', null, error instanceof Error ? error.message : String(error));
  }
  if (response.ok) return response;
  const detail = errorDetail(await response.text().catch(() => ''));
  throw new ApiError(kindOf(response.status, detail), response.status, detail);
}

export function kindOf(status: number, detail: string): FailureKind {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'missing';
  if (status === 413 || (status < 500 && /context[ _](length|window|size|holds)|too many tokens|too long/i.test(detail))) return 'too-long';
  if (status === 429 || status === 503 || status === 529) return 'busy';
  return status >= 500 ? 'server' : 'rejected';
}

/** The server's own words, out of `{"error": {"message": …}}`, `{"error": "…"}`, `{"message": "…"}` or plain text. */
export function errorDetail(body: string): string {
  try {
    const json: unknown = JSON.parse(body);
    if (isObject(json)) {
      const error = json['error'];
      const message = isObject(error) ? error['message'] : (error ?? json['message'] ?? json['detail']);
      if (typeof message === 'string') return message.slice(0, 2000);
    }
  } catch {
    // not JSON
  }
  return /^\s*</.test(body) ? '' : body.trim().slice(0, 2000);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
