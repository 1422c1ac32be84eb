import { markdown } from './parser.ts';

/** A top-level block of a text: its source, and its HTML (not yet sanitised). */
export interface Block {
  readonly source: string;
  readonly html: string;
}

/** An open code fence at the end of a growing text, whose code is appended to rather than drawn again. */
export interface OpenFence {
  readonly language: string;
  readonly code: string;
}

export interface Rendered {
  /** Blocks that are complete: what comes does not change them. The array only grows while its text does. */
  readonly done: readonly Block[];
  /** The last block, which may still change. */
  readonly tail: Block | OpenFence | null;
}

/**
 * Renders a text that grows at its end. Of each longer text only the last block is parsed and rendered again, so that a
 * long answer costs no more for a token than a short one.
 *
 * A block is complete when another has begun after it; that holds for every block of CommonMark except link definitions
 * that come later than their use. A text with such definitions is rendered whole when it is finished (`end`).
 */
export class GrowingMarkdown {
  #text = '';
  #from = 0; // where the tail begins
  #done: Block[] = [];
  #env: Record<string, unknown> = {};

  update(text: string, ended: boolean): Rendered {
    if (!text.startsWith(this.#text) || (ended && /^ {0,3}\[[^\]]+\]:/m.test(text))) this.#reset();
    this.#text = text;
    const rest = text.slice(this.#from);
    const starts = blockStarts(rest, this.#env);
    for (let i = 0; i + 1 < starts.length; i++) this.#done.push(this.#block(rest.slice(starts[i], starts[i + 1])));
    const last = starts[starts.length - 1];
    if (last === undefined) return { done: this.#done, tail: null };
    this.#from += last;
    const source = rest.slice(last);
    const fence = ended ? null : openFence(source);
    return { done: this.#done, tail: fence ?? this.#block(source) };
  }

  #reset(): void {
    this.#from = 0;
    this.#done = [];
    this.#env = {};
    if (/^ {0,3}\[[^\]]+\]:/m.test(this.#text)) markdown.parse(this.#text, this.#env); // learns all definitions
  }

  #block(source: string): Block {
    return { source, html: markdown.render(source, this.#env) };
  }
}

/** Where the top-level blocks of a text begin, in characters. */
function blockStarts(text: string, env: Record<string, unknown>): number[] {
  const lines = lineStarts(text);
  const starts: number[] = [];
  for (const token of markdown.parse(text, env)) {
    if (token.level !== 0 || token.map === null || token.nesting < 0) continue;
    const start = lines[token.map[0]] ?? text.length;
    if (start > (starts[starts.length - 1] ?? -1)) starts.push(start);
  }
  return starts;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

const FENCE = /^(`{3,}|~{3,})[ \t]*([^\s`]*)[^\n]*\n/;

function openFence(source: string): OpenFence | null {
  const open = FENCE.exec(source);
  if (open === null) return null;
  const mark = open[1]!;
  const code = source.slice(open[0].length);
  const closed = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}[ \\t]*$`, 'm').test(code);
  return closed ? null : { language: open[2]!, code };
}
