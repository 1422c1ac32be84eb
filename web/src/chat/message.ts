import type { FailureKind } from '../api/http.ts';

export type Role = 'user' | 'assistant';

/** Where a message stands. A user's message is always `done`. */
export type MessageState = 'streaming' | 'done' | 'stopped' | 'failed';

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** What an answer took. Unknown figures are null; tokens that the server did not count are counted as chunks. */
export interface Figures {
  readonly promptTokens: number | null;
  readonly cachedTokens: number | null;
  readonly generatedTokens: number | null;
  readonly counted: 'server' | 'chunks';
  readonly firstTokenMillis: number | null;
  readonly totalMillis: number;
  readonly tokensPerSecond: number | null;
}

export interface Failure {
  readonly kind: FailureKind;
  readonly status: number | null;
  /** The server's own words; may be empty. */
  readonly detail: string;
}

/** One message of a chat, as it is shown, kept and exported. `lane` is the column of a comparison, 0 in a plain chat. */
export interface Message {
  readonly id: string;
  readonly chat: string;
  readonly lane: number;
  readonly parent: string | null;
  readonly role: Role;
  readonly text: string;
  readonly reasoning: string;
  readonly reasoningMillis: number | null;
  readonly toolCalls: readonly ToolCall[];
  readonly model: string | null;
  readonly created: number;
  readonly state: MessageState;
  readonly finish: string | null;
  readonly figures: Figures | null;
  readonly failure: Failure | null;
}

export function userMessage(chat: string, lane: number, parent: string | null, text: string): Message {
  return { ...blank(chat, lane, parent), role: 'user', text, state: 'done' };
}

export function answer(chat: string, lane: number, parent: string | null, model: string | null): Message {
  return { ...blank(chat, lane, parent), role: 'assistant', model, state: 'streaming' };
}

function blank(chat: string, lane: number, parent: string | null): Omit<Message, 'role' | 'state'> {
  return {
    id: newId(),
    chat,
    lane,
    parent,
    text: '',
    reasoning: '',
    reasoningMillis: null,
    toolCalls: [],
    model: null,
    created: Date.now(),
    finish: null,
    figures: null,
    failure: null,
  };
}

/** 120 random bits in base 32; pages served over plain http on a local network have no crypto.randomUUID. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return Array.from(bytes, (byte) => '0123456789abcdefghjkmnpqrstvwxyz'[byte & 31]).join('');
}
