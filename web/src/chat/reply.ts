import type { Delta, Usage } from '../api/chat.ts';
import { ApiError } from '../api/http.ts';
import type { Failure, Figures, Message, MessageState, ToolCall } from './message.ts';

/**
 * An answer that grows: takes deltas and gives the message so far.
 *
 * It keeps the times of the first and the last token. Speed is of the tokens after the first, which waits for the prompt.
 */
export class Reply {
  #text: string;
  #reasoning: string;
  #calls: ToolCall[];
  #usage: Usage | null = null;
  #finish: string | null = null;
  #chunks = 0;
  #first: number | null = null;
  #last: number | null = null;
  #firstText: number | null = null;

  constructor(
    private readonly message: Message,
    private readonly started: number,
  ) {
    this.#text = message.text;
    this.#reasoning = message.reasoning;
    this.#calls = [...message.toolCalls];
  }

  take(delta: Delta, now: number): void {
    switch (delta.kind) {
      case 'text':
        this.#text += delta.text;
        this.#firstText ??= now;
        this.#token(now);
        break;
      case 'reasoning':
        this.#reasoning += delta.text;
        this.#token(now);
        break;
      case 'tool':
        this.#tool(delta);
        this.#token(now);
        break;
      case 'finish':
        this.#finish = delta.reason;
        break;
      case 'usage':
        this.#usage = delta.usage;
        break;
    }
  }

  /** The message as it stands. */
  snapshot(state: MessageState, now: number, failure: Failure | null = null): Message {
    return {
      ...this.message,
      text: this.#text,
      reasoning: this.#reasoning,
      reasoningMillis: this.#reasoning === '' ? null : (this.message.reasoningMillis ?? this.#reasoningMillis(now)),
      toolCalls: this.#calls.slice(),
      state,
      finish: this.#finish,
      figures: state === 'streaming' ? null : this.#figures(now),
      failure,
    };
  }

  #token(now: number): void {
    this.#chunks++;
    this.#first ??= now;
    this.#last = now;
  }

  #tool(delta: Delta & { kind: 'tool' }): void {
    if (delta.index < 0 || delta.index > 127) return;
    while (this.#calls.length <= delta.index) this.#calls.push({ id: '', name: '', arguments: '' });
    const call = this.#calls[delta.index]!;
    this.#calls[delta.index] = {
      id: call.id || delta.id,
      name: call.name + delta.name,
      arguments: call.arguments + delta.arguments,
    };
  }

  #reasoningMillis(now: number): number | null {
    return this.#first === null ? null : (this.#firstText ?? now) - this.#first;
  }

  #figures(now: number): Figures {
    const counted = this.#usage?.generatedTokens ?? null;
    const generated = counted ?? this.#chunks;
    const span = this.#first !== null && this.#last !== null ? this.#last - this.#first : 0;
    return {
      promptTokens: this.#usage?.promptTokens ?? null,
      cachedTokens: this.#usage?.cachedTokens ?? null,
      generatedTokens: generated,
      counted: counted === null ? 'chunks' : 'server',
      firstTokenMillis: this.#first === null ? null : this.#first - this.started,
      totalMillis: now - this.started,
      tokensPerSecond: span > 0 && generated > 1 ? ((generated - 1) * 1000) / span : null,
    };
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return { kind: error.kind, status: error.status, detail: error.detail };
  return { kind: 'interrupted', status: null, detail: error instanceof Error ? error.message : String(error) };
}
