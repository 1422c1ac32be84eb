import type { ReplyRequest } from '../api/chat.ts';
import type { Message } from './message.ts';
import { jsonFault, type Settings } from './settings.ts';

interface Turn {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface Target {
  readonly model: string | null;
  /** Whether the server takes the fields that only Jerboa (and vLLM) know. */
  readonly jerboa: boolean;
  /** Whether it has a chat template. */
  readonly chat: boolean;
}

/** What a text that is continued may grow by where the reader has set nothing: servers give sixteen tokens. */
const CONTINUED_TOKENS = 256;

/** What to ask for a branch of messages: a chat, or of a model without a chat template its text's continuation. */
export function requestFor(target: Target, settings: Settings, branch: readonly Message[], goOn: boolean): ReplyRequest {
  return target.chat
    ? { path: '/v1/chat/completions', body: requestBody(target, settings, branch, goOn) }
    : { path: '/v1/completions', body: continuation(target, settings, branch) };
}

/**
 * The body of `POST /v1/chat/completions` for a branch of messages. Fields that the reader left alone are not sent.
 *
 * With `goOn` the last message is an answer that is to be continued.
 */
export function requestBody(target: Target, settings: Settings, branch: readonly Message[], goOn: boolean): Record<string, unknown> {
  const body: Record<string, unknown> = { ...common(target, settings), messages: turns(settings.system, branch) };
  if (settings.reasoning !== 'default') body['reasoning_effort'] = settings.reasoning;
  if (settings.format === 'json') body['response_format'] = { type: 'json_object' };
  if (settings.format === 'schema' && settings.schema.trim() !== '' && jsonFault(settings.schema, 'object') === null) {
    body['response_format'] = { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: JSON.parse(settings.schema) } };
  }
  if (settings.tools.trim() !== '' && jsonFault(settings.tools, 'array') === null) body['tools'] = JSON.parse(settings.tools);
  if (goOn && target.jerboa) {
    body['continue_final_message'] = true;
    body['add_generation_prompt'] = false;
  }
  return body;
}

/** The texts of a branch in one, as far as they have come, with nothing between that was not written. */
function continuation(target: Target, settings: Settings, branch: readonly Message[]): Record<string, unknown> {
  return {
    ...common(target, settings),
    prompt: settings.system + branch.map((message) => message.text).join(''),
    max_tokens: settings.maxTokens ?? CONTINUED_TOKENS,
  };
}

function common(target: Target, settings: Settings): Record<string, unknown> {
  const body: Record<string, unknown> = {
    ...(target.model === null ? {} : { model: target.model }),
    stream: true,
    stream_options: { include_usage: true },
  };
  const set = (name: string, value: number | null): void => {
    if (value !== null) body[name] = value;
  };
  set('temperature', settings.temperature);
  set('top_p', settings.topP);
  set('top_k', settings.topK);
  set('min_p', settings.minP);
  set('repetition_penalty', settings.repetitionPenalty);
  set('max_tokens', settings.maxTokens);
  set('seed', settings.seed);
  return body;
}

/** Messages as models take them: no failed or empty answers, and two of one role in a row as one. */
function turns(system: string, branch: readonly Message[]): Turn[] {
  const list: Turn[] = system.trim() === '' ? [] : [{ role: 'system', content: system }];
  for (const message of branch) {
    if (message.text === '') continue;
    const last = list[list.length - 1];
    if (last?.role === message.role) last.content += `\n\n${message.text}`;
    else list.push({ role: message.role, content: message.text });
  }
  return list;
}
