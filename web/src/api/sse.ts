/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
  readonly id: string;
}

const MAX_EVENT_CHARS = 8 * 1024 * 1024;

/**
 * Reader of a `text/event-stream` (WHATWG HTML §9.2.6) that takes its text in pieces cut anywhere.
 *
 * Unlike a browser's EventSource it also hands out a last event that no blank line follows (`end`), since some servers
 * close the connection right after `data: [DONE]`.
 */
export class EventStreamParser {
  #line = '';
  #data: string[] = [];
  #event = '';
  #id = '';
  #size = 0;
  #afterReturn = false;
  #atStart = true;

  /** Events that this piece completes. */
  push(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    let from = 0;
    if (piece.length > 0 && this.#atStart) {
      this.#atStart = false;
      if (piece.charCodeAt(0) === 0xfeff) from = 1;
    }
    if (piece.length > from && this.#afterReturn) {
      this.#afterReturn = false;
      if (piece[from] === '\n') from++;
    }
    for (;;) {
      const end = lineEnd(piece, from);
      if (end < 0) break;
      this.#take(this.#line + piece.slice(from, end), events);
      this.#line = '';
      from = end + 1;
      if (piece[end] === '\r') {
        if (from === piece.length) this.#afterReturn = true;
        else if (piece[from] === '\n') from++;
      }
    }
    this.#line += piece.slice(from);
    if (this.#line.length + this.#size > MAX_EVENT_CHARS) {
      throw new RangeError(`an event of the stream is longer than ${MAX_EVENT_CHARS} characters`);
    }
    return events;
  }

  /** What is left when the stream has ended. */
  end(): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    if (this.#line !== '') this.#take(this.#line, events);
    this.#line = '';
    this.#take('', events);
    return events;
  }

  #take(line: string, events: ServerSentEvent[]): void {
    if (line === '') {
      if (this.#data.length > 0) {
        events.push({ event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id });
      }
      this.#data = [];
      this.#event = '';
      this.#size = 0;
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment, which servers send to keep the connection
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') {
      this.#data.push(value);
      this.#size += value.length;
    } else if (field === 'event') {
      this.#event = value;
    } else if (field === 'id' && !value.includes('\0')) {
      this.#id = value;
    }
  }
}

function lineEnd(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  const back = text.indexOf('\r', from);
  if (feed < 0) return back;
  return back < 0 ? feed : Math.min(feed, back);
}

/** Events of a response's body as they arrive. */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parser = new EventStreamParser();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
    yield* parser.push(decoder.decode());
    yield* parser.end();
  } finally {
    reader.cancel().catch(() => {}); // the reader of events stopped early: let the server know
  }
}
