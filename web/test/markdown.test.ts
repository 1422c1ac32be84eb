import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrowingMarkdown } from '../src/markdown/blocks.ts';
import { direction, dirOf } from '../src/markdown/direction.ts';
import { highlight } from '../src/markdown/highlight.ts';
import { markdown } from '../src/markdown/parser.ts';

const TEXT = `Intro with **bold** and \`code\`.

# Title
Setext
---

- one
- two

  more of two
- three

1. a
2. b

> quote
> goes on

\`\`\`java
int x = 1; // y

\`\`\`

| a | b |
|:--|--:|
| 1 | 2 |

$$
x^2
$$

نص عربي ثم $y$.

\\[ z \\]

    indented

Last paragraph.`;

function shown(growing: GrowingMarkdown, text: string, ended: boolean): string {
  const { done, tail } = growing.update(text, ended);
  const last = tail === null ? '' : 'html' in tail ? tail.html : `FENCE ${tail.code}`;
  return done.map((block) => block.html).join('') + last;
}

test('a text that grew is as one that was there at once', () => {
  for (const step of [1, 3, 7, 50]) {
    const growing = new GrowingMarkdown();
    for (let end = 0; end < TEXT.length; end += step) shown(growing, TEXT.slice(0, end), false);
    assert.equal(shown(growing, TEXT, true), markdown.render(TEXT), `in steps of ${step}`);
  }
});

test('blocks that are done are not made again', () => {
  const growing = new GrowingMarkdown();
  const first = growing.update('One.\n\nTwo.\n\nThr', false).done[0];
  assert.equal(growing.update('One.\n\nTwo.\n\nThree.\n\nFour', false).done[0], first);
});

test('an open fence is handed out as code', () => {
  const growing = new GrowingMarkdown();
  assert.deepEqual(growing.update('Hi\n\n```js\nlet a', false).tail, { language: 'js', code: 'let a' });
  assert.ok('html' in growing.update('Hi\n\n```js\nlet a\n```', false).tail!);
});

test('definitions that come after their use are found at the end', () => {
  const growing = new GrowingMarkdown();
  const text = 'See [it][1].\n\nMore.\n\n[1]: https://example.org';
  growing.update(text.slice(0, 20), false);
  assert.match(shown(growing, text, true), /href="https:\/\/example\.org"/);
});

test('a text that is another one starts anew', () => {
  const growing = new GrowingMarkdown();
  growing.update('One.\n\nTwo.', false);
  assert.equal(shown(growing, 'Other.', true), markdown.render('Other.'));
});

test('no raw HTML, no style, no image, no odd address', () => {
  const html = markdown.render('<b onclick="x">a</b>\n\n|a|\n|:-:|\n|b|\n\n![pic](https://example.org/p.png) [l](javascript:alert(1)) [m](data:text/html,x) [n](/v1/models)');
  assert.doesNotMatch(html, /<b |style=|<img|javascript:alert\(1\)"|href="data|href="\//);
  assert.match(html, /class="to-center"/);
  assert.match(html, /<a class="image-link" href="https:\/\/example\.org\/p\.png"[^>]*>pic<\/a>/);
});

test('maths is marked and money is not', () => {
  const html = markdown.render('Costs $5 and $10, or \\$3. But $x_1 * y * z$ and \\(a\\) are maths; `$x$` is code.');
  assert.deepEqual([...html.matchAll(/data-tex="([^"]*)"/g)].map((found) => found[1]), ['x_1 * y * z', 'a']);
  assert.match(markdown.render('$$\na<b\n$$'), /class="maths display"[^>]*data-tex="a&lt;b"/);
  assert.doesNotMatch(markdown.render('$$\nnever closed'), /maths/);
});

test('directions', () => {
  assert.equal(direction('123 — !'), null);
  assert.equal(direction('Hello عالم'), 'ltr');
  assert.equal(direction('مرحبا world'), 'rtl');
  assert.equal(direction('Jerboa هو مكدّس برمجي مفتوح'), 'rtl');
  assert.equal(direction('שלום world'), 'rtl');
  assert.equal(dirOf('Jerboa هو مكدّس برمجي'), 'rtl');
  assert.equal(dirOf('مرحبا'), 'auto');
  assert.equal(dirOf('Hello'), 'auto');
});

test('figures without letters are marked, and their products are no emphasis', () => {
  assert.match(markdown.render('42'), /<p dir="auto" class="neutral">42/);
  assert.doesNotMatch(markdown.render('forty-two'), /neutral/);
  assert.match(markdown.render('240*5:0*5+0 and (1+2)*(3)*4'), />240\*5:0\*5\+0 and \(1\+2\)\*\(3\)\*4</);
  assert.match(markdown.render('*a* 2**b**3'), /<em>a<\/em> 2<strong>b<\/strong>3/);
});

test('each block has a direction; lists and tables have one for the whole; code is left to right', () => {
  const html = markdown.render('فقرة\n\n- بند\n- English item\n\n| الصفة | القيمة |\n|---|---|\n| أ | b |\n\n```\nx\n```\n\n> اقتباس\n\n`sum(x)` دالة');
  assert.match(html, /<p dir="auto">فقرة/);
  assert.match(html, /<ul dir="rtl">/);
  assert.match(html, /<span class="line" dir="auto">English item<\/span>/);
  assert.match(html, /<table dir="rtl">/);
  assert.match(html, /<pre dir="ltr">/);
  assert.match(html, /<blockquote dir="rtl">/);
  assert.match(html, /<code dir="ltr">sum\(x\)<\/code>/);
});

test('colours change no letter', () => {
  const codes: [string, string][] = [
    ['java', '/** a */ public int f("x\\"y") { return 0x1F + 1_000; } // ن'],
    ['python', 'def f(x): # c\n  return """a\nb""" + \'c\''],
    ['sql', 'SELECT a FROM b -- c'],
    ['html', '<a href="x"><!-- c --></a>'],
    ['js', '`a ${b}` && "unclosed\n<b>'],
    ['nothing', '<&">'],
    ['sh', "echo $# it's"],
  ];
  const plain = (html: string): string =>
    html.replace(/<\/?span[^>]*>/g, '').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&');
  for (const [language, code] of codes) assert.equal(plain(highlight(code, language)), code, language);
  assert.match(highlight('public x', 'java'), /<span class="tok-keyword">public<\/span> x/);
  assert.match(highlight('select', 'sql'), /tok-keyword/);
});

test('the language of a code block cannot carry markup', () => {
  assert.doesNotMatch(markdown.render('```"><script>\nx\n```'), /<script/);
});
