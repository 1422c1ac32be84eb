import type { MarkdownIt, StateBlock, StateInline } from 'markdown-it';

const MAX_CHARS = 10_000;

/**
 * Rules that find maths: `$…$` and `\(…\)` in a line, `$$…$$` and `\[…\]` on their own. They only mark it, as
 * `<span class="maths" data-tex="…">` with the source for text: the typesetter is fetched when the first is shown.
 */
export function maths(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'maths', inline);
  md.block.ruler.before('fence', 'maths_block', block, { alt: ['paragraph', 'blockquote', 'list'] });
  const html = (tex: string, display: boolean): string => {
    const source = md.utils.escapeHtml(tex);
    return `<span class="maths${display ? ' display' : ''}" dir="ltr" data-tex="${source}">${source}</span>`;
  };
  md.renderer.rules['maths'] = (tokens, i) => html(tokens[i]!.content, tokens[i]!.markup === '$$');
  md.renderer.rules['maths_block'] = (tokens, i) => `<p class="maths-block" dir="ltr">${html(tokens[i]!.content, true)}</p>\n`;
}

function inline(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  for (const [open, close, display] of [['$$', '$$', true], ['\\(', '\\)', false], ['\\[', '\\]', true], ['$', '$', false]] as const) {
    if (!src.startsWith(open, pos)) continue;
    const from = pos + open.length;
    const end = src.indexOf(close, from);
    if (end < 0 || end === from || end - from > MAX_CHARS) continue;
    const tex = src.slice(from, end);
    if (open === '$' && !isMaths(src, from, end)) continue;
    if (!silent) {
      const token = state.push('maths', 'span', 0);
      token.content = tex.trim();
      token.markup = display ? '$$' : '$';
    }
    state.pos = end + close.length;
    return true;
  }
  return false;
}

/** Tells `$x$` from "between $5 and $10": no space inside the signs, no digit after the second. */
function isMaths(src: string, from: number, end: number): boolean {
  return !/\s/.test(src[from]!) && !/\s/.test(src[end - 1]!) && !/\d/.test(src[end + 1] ?? '') && src[end - 1] !== '\\';
}

function block(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const start = state.bMarks[startLine]! + state.tShift[startLine]!;
  const first = state.src.slice(start, state.eMarks[startLine]);
  const close = first.startsWith('$$') ? '$$' : first.startsWith('\\[') ? '\\]' : null;
  if (close === null) return false;
  const lines: string[] = [];
  let line = startLine;
  for (; line < endLine; line++) {
    let text = state.src.slice(state.bMarks[line]! + (line === startLine ? state.tShift[line]! + 2 : 0), state.eMarks[line]);
    const end = text.indexOf(close);
    if (end >= 0) {
      if (text.slice(end + 2).trim() !== '') return false; // the line goes on: maths in a line
      text = text.slice(0, end);
      lines.push(text);
      break;
    }
    lines.push(text);
  }
  if (line === endLine) return false; // never closed (yet): text
  const tex = lines.join('\n').trim();
  if (tex === '' || tex.length > MAX_CHARS) return false;
  if (silent) return true;
  const token = state.push('maths_block', 'p', 0);
  token.block = true;
  token.content = tex;
  token.map = [startLine, line + 1];
  state.line = line + 1;
  return true;
}
