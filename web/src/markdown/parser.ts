import createMarkdown, { type MarkdownIt, type StateInline, type Token } from 'markdown-it';
import { codeFigure } from './code.ts';
import { direction, dirOf } from './direction.ts';
import { maths } from './maths-rules.ts';

/**
 * Markdown as models write it (CommonMark, tables, strikethrough, bare links, maths), to HTML that needs no inline style.
 *
 * Raw HTML stays text, images become links, links open elsewhere and tell nobody where they were clicked. Every block
 * has its own direction; a list or a table has one for the whole, so that bullets and columns stand on one side.
 */
export const markdown: MarkdownIt = make();

function make(): MarkdownIt {
  const md = createMarkdown({ html: false, linkify: true, breaks: false, typographer: false, maxNesting: 40 });
  md.use(maths);
  md.validateLink = (address) => /^(?:https?|mailto):/i.test(address);
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  md.inline.ruler.before('emphasis', 'product', product);
  md.core.ruler.push('directions', (state) => setDirections(state.tokens));
  const rules = md.renderer.rules;
  rules.link_open = (tokens, i, options, _env, self) => {
    const token = tokens[i]!;
    token.attrSet('target', '_blank');
    token.attrSet('rel', 'noopener noreferrer nofollow');
    return self.renderToken(tokens, i, options);
  };
  rules.image = (tokens, i) => {
    const token = tokens[i]!;
    const source = String(token.attrGet('src') ?? '');
    const name = token.content || source;
    const shown = md.utils.escapeHtml(name);
    return /^https?:/i.test(source)
      ? `<a class="image-link" href="${md.utils.escapeHtml(source)}" target="_blank" rel="noopener noreferrer nofollow">${shown}</a>`
      : `<span class="image-link">${shown}</span>`;
  };
  rules.code_inline = (tokens, i) => `<code dir="ltr">${md.utils.escapeHtml(tokens[i]!.content)}</code>`;
  rules.fence = (tokens, i) => codeFigure(tokens[i]!.content, tokens[i]!.info.trim().split(/\s+/, 1)[0] ?? '');
  rules.code_block = (tokens, i) => codeFigure(tokens[i]!.content, '');
  rules.table_open = (tokens, i, options, _env, self) =>
    `<div class="table-box" dir="${tokens[i]!.attrGet('dir') ?? 'auto'}">${self.renderToken(tokens, i, options)}`;
  rules.table_close = () => '</table></div>\n';
  return md;
}

/** A star between figures or parentheses, as in 3*4 or (1+2)*(3+4), multiplies; it begins no emphasis. */
function product(state: StateInline, silent: boolean): boolean {
  const { src, pos } = state;
  if (src[pos] !== '*' || !/[\d)]/.test(src[pos - 1] ?? '') || !/[\d(]/.test(src[pos + 1] ?? '')) return false;
  if (!silent) state.pending += '*';
  state.pos++;
  return true;
}

const WHOLE: Readonly<Record<string, string>> = {
  bullet_list_open: 'bullet_list_close',
  ordered_list_open: 'ordered_list_close',
  table_open: 'table_close',
  blockquote_open: 'blockquote_close',
};
const AUTO = new Set(['paragraph_open', 'heading_open', 'th_open', 'td_open']);

function setDirections(tokens: Token[]): void {
  tokens.forEach((token, i) => {
    const close = WHOLE[token.type];
    if (close !== undefined) {
      const way = direction(textUntil(tokens, i, close));
      if (way !== null) token.attrSet('dir', way);
    } else if (AUTO.has(token.type)) {
      const text = plainText(tokens[i + 1]);
      token.attrSet('dir', dirOf(text));
      if (text !== '' && direction(text) === null) token.attrJoin('class', 'neutral');
      alignByClass(token);
    } else if (token.type === 'list_item_open') {
      // A tight item's paragraph is hidden: its text gets a box of its own direction.
      const paragraph = tokens[i + 1];
      if (paragraph?.type === 'paragraph_open' && paragraph.hidden) token.attrJoin('class', 'tight');
    }
    if (token.type === 'inline' && tokens[i - 1]?.type === 'paragraph_open' && tokens[i - 1]!.hidden) wrapLine(token);
  });
}

/** Puts the text of a tight list item into `<span class="line" dir="auto">`. */
function wrapLine(token: Token): void {
  const children = token.children;
  const first = children?.[0];
  if (!children || first === undefined) return;
  const Made = first.constructor as new (type: string, tag: string, nesting: -1 | 0 | 1) => Token;
  const open = new Made('line_open', 'span', 1);
  open.attrSet('class', 'line');
  open.attrSet('dir', dirOf(plainText(token)));
  token.children = [open, ...children, new Made('line_close', 'span', -1)];
}

/** markdown-it aligns columns by a style attribute, which the page's content security policy forbids. */
function alignByClass(token: Token): void {
  const style = token.attrGet('style');
  if (style === null) return;
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style');
  const side = /text-align:\s*(left|center|right)/.exec(String(style))?.[1];
  if (side !== undefined) token.attrJoin('class', `to-${side}`);
}

function textUntil(tokens: Token[], from: number, close: string): string {
  const level = tokens[from]!.level;
  let text = '';
  for (let i = from + 1; i < tokens.length && text.length < 2000; i++) {
    const token = tokens[i]!;
    if (token.type === close && token.level === level) break;
    if (token.type === 'inline') text += `${plainText(token)}\n`;
  }
  return text;
}

/** A block's text without code, maths and addresses, which say nothing about its direction. */
function plainText(token: Token | undefined): string {
  if (!token?.children) return '';
  return token.children.map((child) => (child.type === 'text' ? child.content : child.type === 'softbreak' ? ' ' : '')).join('');
}
