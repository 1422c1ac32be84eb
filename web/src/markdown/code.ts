import { highlight } from './highlight.ts';

/** A code block: its language, a button that copies it, and its text, always left to right. */
export function codeFigure(code: string, language: string): string {
  const name = language.replace(/[^\w+#.-]/g, '').slice(0, 30);
  return (
    `<figure class="code" dir="ltr"><figcaption><span class="language">${name}</span>` +
    `<button type="button" class="copy" data-copy="code"></button></figcaption>` +
    `<pre dir="ltr"><code>${highlight(code.replace(/\n$/, ''), name)}</code></pre></figure>\n`
  );
}
