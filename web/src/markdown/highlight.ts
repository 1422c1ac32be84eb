/**
 * Light syntax colours: comments, strings, numbers, keywords and names that are called. One scanner for all languages, with a row
 * of facts for each family; what it does not know it leaves plain. Tens of lines instead of a grammar for each language.
 */
interface Family {
  readonly line: readonly string[]; // starts of comments to the end of the line
  readonly block: readonly (readonly [string, string])[];
  readonly quotes: string;
  readonly words: ReadonlySet<string>;
  readonly anyCase?: boolean;
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const C_LIKE: Pick<Family, 'line' | 'block'> = { line: ['//'], block: [['/*', '*/']] };
const HASH: Pick<Family, 'line' | 'block'> = { line: ['#'], block: [] };

const FAMILIES: Readonly<Record<string, Family>> = {
  java: {
    ...C_LIKE,
    quotes: '"\'',
    words: words(
      'abstract assert boolean break byte case catch char class const continue default do double else enum extends final finally float for if implements import instanceof int interface long native new package permits private protected public record return sealed short static super switch synchronized this throw throws transient try var void volatile while yield true false null fun val when object override data suspend companion',
    ),
  },
  js: {
    ...C_LIKE,
    quotes: '"\'`',
    words: words(
      'abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in instanceof interface keyof let namespace never new null number of private protected public readonly return satisfies set static string super switch this throw true try type typeof undefined unknown var void while with yield',
    ),
  },
  python: {
    ...HASH,
    quotes: '"\'',
    words: words(
      'and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield True False None self',
    ),
  },
  c: {
    ...C_LIKE,
    quotes: '"\'',
    words: words(
      'auto bool break case catch char class const constexpr continue default delete do double else enum explicit export extern false float for friend goto if inline int long mutable namespace new noexcept nullptr operator private protected public register return short signed sizeof static struct switch template this throw true try typedef typename union unsigned using virtual void volatile while string var decimal foreach internal is null object out override params ref sealed',
    ),
  },
  go: {
    ...C_LIKE,
    quotes: '"\'`',
    words: words(
      'break bool byte case chan const continue default defer else error fallthrough false float64 for func go goto if import int int64 interface map nil package range return rune select string struct switch true type uint var any',
    ),
  },
  rust: {
    ...C_LIKE,
    quotes: '"',
    words: words(
      'as async await bool break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static str struct super trait true type u8 u32 u64 i32 i64 f32 f64 unsafe use usize where while Some None Ok Err',
    ),
  },
  shell: {
    ...HASH,
    quotes: '"\'',
    words: words('if then else elif fi for while until do done case esac in function return local export set unset cd echo exit source sudo'),
  },
  sql: {
    line: ['--'],
    block: [['/*', '*/']],
    quotes: "'\"",
    anyCase: true,
    words: words(
      'add all alter and as asc begin between by case check commit constraint create cross default delete desc distinct drop else end exists false foreign from full group having in index inner insert into is join key left like limit not null offset on or order outer over partition primary references returning right select set table then true union unique update using values view when where with',
    ),
  },
  data: { line: ['#'], block: [], quotes: '"\'', words: words('true false null yes no') },
  markup: { line: [], block: [['<!--', '-->']], quotes: '"\'', words: words('') },
  css: { line: [], block: [['/*', '*/']], quotes: '"\'', words: words('important media supports import keyframes from to') },
};

const NAMES: Readonly<Record<string, string>> = {
  kotlin: 'java', kt: 'java', scala: 'java', groovy: 'java',
  javascript: 'js', ts: 'js', typescript: 'js', jsx: 'js', tsx: 'js', mjs: 'js',
  py: 'python', python3: 'python',
  cpp: 'c', 'c++': 'c', h: 'c', hpp: 'c', cs: 'c', csharp: 'c', 'c#': 'c', cuda: 'c', swift: 'rust', rs: 'rust', golang: 'go',
  sh: 'shell', bash: 'shell', zsh: 'shell', console: 'shell', dockerfile: 'shell', makefile: 'shell',
  json: 'data', jsonc: 'data', yaml: 'data', yml: 'data', toml: 'data', ini: 'data', properties: 'data',
  html: 'markup', xml: 'markup', svg: 'markup', scss: 'css', less: 'css',
};

const LONGEST = 60_000;

/** Code as HTML, with `<span class="tok-…">` where it is known what a piece is. */
export function highlight(code: string, language: string): string {
  const name = language.toLowerCase();
  const family = FAMILIES[NAMES[name] ?? name];
  if (family === undefined || code.length > LONGEST) return escape(code);
  let html = '';
  let plain = '';
  const put = (kind: string, text: string): void => {
    html += `${escape(plain)}<span class="tok-${kind}">${escape(text)}</span>`;
    plain = '';
  };
  let i = 0;
  while (i < code.length) {
    const comment = commentEnd(code, i, family);
    if (comment > i) {
      put('comment', code.slice(i, comment));
      i = comment;
      continue;
    }
    const ch = code[i]!;
    if (family.quotes.includes(ch)) {
      const end = stringEnd(code, i, ch);
      put('string', code.slice(i, end));
      i = end;
      continue;
    }
    const word = matchAt(/[\p{L}_$][\p{L}\p{N}_$]*/uy, code, i);
    if (word !== '') {
      if (family.words.has(family.anyCase ? word.toLowerCase() : word)) put('keyword', word);
      else if (code[i + word.length] === '(') put('call', word);
      else plain += word;
      i += word.length;
      continue;
    }
    const number = matchAt(/0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?[fLlu]?/y, code, i);
    if (number !== '') {
      put('number', number);
      i += number.length;
      continue;
    }
    plain += ch;
    i++;
  }
  return html + escape(plain);
}

function commentEnd(code: string, at: number, family: Family): number {
  for (const start of family.line) {
    if (code.startsWith(start, at) && (start !== '#' || at === 0 || /\s/.test(code[at - 1]!))) {
      const end = code.indexOf('\n', at);
      return end < 0 ? code.length : end;
    }
  }
  for (const [start, stop] of family.block) {
    if (code.startsWith(start, at)) {
      const end = code.indexOf(stop, at + start.length);
      return end < 0 ? code.length : end + stop.length;
    }
  }
  return at;
}

function stringEnd(code: string, at: number, quote: string): number {
  const triple = quote.repeat(3);
  if (quote !== '`' && code.startsWith(triple, at)) {
    const end = code.indexOf(triple, at + 3);
    return end < 0 ? code.length : end + 3;
  }
  for (let i = at + 1; i < code.length; i++) {
    if (code[i] === '\\') i++;
    else if (code[i] === quote) return i + 1;
    else if (code[i] === '\n' && quote !== '`') return i; // a quote that is none, such as an apostrophe in prose
  }
  return code.length;
}

function matchAt(pattern: RegExp, code: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(code)?.[0] ?? '';
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (ch) => (ch === '&' ? '&amp;' : ch === '<' ? '&lt;' : ch === '>' ? '&gt;' : '&quot;'));
}
