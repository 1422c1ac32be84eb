import { ApiError, call, errorDetail, isObject, kindOf } from './http.ts';
import { events } from './sse.ts';

export interface Usage {
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly generatedTokens: number | null;
}

/** One step of an answer as it grows. */
export type Delta =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'reasoning'; readonly text: string }
  | { readonly kind: 'tool'; readonly index: number; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly kind: 'finish'; readonly reason: string }
  | { readonly kind: 'usage'; readonly usage: Usage };

/** What a model is asked, and by which function of the server. */
export interface ReplyRequest {
  readonly path: '/v1/chat/completions' | '/v1/completions';
  readonly body: Record<string, unknown>;
}

/** Asks for a completion and hands out its deltas as they arrive. Ends quietly when `signal` is aborted. */
export async function* streamReply({ path, body }: ReplyRequest, signal: AbortSignal): AsyncGenerator<Delta> {
  try {
    const response = await call(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      body: JSON.stringify(body),
      signal,
    });
    if (response.headers.get('Content-Type')?.includes('application/json')) {
      yield* deltas(await response.json()); // a server that does not stream
      return;
    }
    if (response.body === null) throw new ApiError('unreadable', response.status, 'the answer has no body');
    yield* chunks(response.body);
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiError) throw error;
    throw new ApiError('interrupted', null, error instanceof Error ? error.message : String(error));
  }
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Delta> {
  let finished = false;
  for await (const event of events(body)) {
    if (event.data === '[DONE]') return;
    let json: unknown;
    try {
      json = JSON.parse(event.data);
    } catch {
      throw new ApiError('unreadable', null, event.data.slice(0, 200));
    }
    if (isObject(json) && json['error'] !== undefined && json['error'] !== null) throw streamError(json['error'], event.data);
    for (const delta of deltas(json)) {
      if (delta.kind === 'finish') finished = true;
      yield delta;
    }
  }
  if (!finished) throw new ApiError('interrupted', null, '');
}

function streamError(error: unknown, data: string): ApiError {
  const detail = errorDetail(data);
  const code = isObject(error) ? Number(error['code'] ?? error['status']) : NaN;
  const status = Number.isInteger(code) && code >= 400 && code < 600 ? code : null;
  return new ApiError(kindOf(status ?? 500, detail), status, detail);
}

/** The deltas of one chunk (or of a whole completion). What it does not know it leaves out. */
export function deltas(json: unknown): Delta[] {
  const found: Delta[] = [];
  if (!isObject(json)) return found;
  const choices = json['choices'];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  if (isObject(choice)) {
    const part = choice['delta'] ?? choice['message'];
    if (isObject(part)) partDeltas(part, found);
    else if (typeof choice['text'] === 'string' && choice['text'] !== '') found.push({ kind: 'text', text: choice['text'] });
    if (typeof choice['finish_reason'] === 'string') found.push({ kind: 'finish', reason: choice['finish_reason'] });
  }
  if (isObject(json['usage'])) found.push({ kind: 'usage', usage: usageOf(json['usage']) });
  return found;
}

function partDeltas(part: Record<string, unknown>, found: Delta[]): void {
  const reasoning = part['reasoning_content'] ?? part['reasoning'];
  if (typeof reasoning === 'string' && reasoning !== '') found.push({ kind: 'reasoning', text: reasoning });
  if (typeof part['content'] === 'string' && part['content'] !== '') found.push({ kind: 'text', text: part['content'] });
  const calls = part['tool_calls'];
  if (!Array.isArray(calls)) return;
  calls.forEach((call: unknown, position) => {
    if (!isObject(call)) return;
    const of = isObject(call['function']) ? call['function'] : {};
    found.push({
      kind: 'tool',
      index: typeof call['index'] === 'number' ? call['index'] : position,
      id: text(call['id']),
      name: text(of['name']),
      arguments: text(of['arguments']),
    });
  });
}

function usageOf(usage: Record<string, unknown>): Usage {
  const details = usage['prompt_tokens_details'];
  return {
    promptTokens: count(usage['prompt_tokens']),
    cachedTokens: isObject(details) ? count(details['cached_tokens']) : null,
    generatedTokens: count(usage['completion_tokens']),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
