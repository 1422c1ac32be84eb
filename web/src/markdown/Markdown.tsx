import { memo } from 'preact/compat';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../i18n/index.ts';
import { copyText } from '../ui/clipboard.ts';
import { GrowingMarkdown, type Block, type OpenFence } from './blocks.ts';
import { sanitised } from './sanitise.ts';
import { typeset, typesetWhenReady } from './maths.ts';

/** A text in Markdown that may still grow. Complete blocks are drawn once. */
export function Markdown({ text, ended }: { text: string; ended: boolean }) {
  const growing = useRef<GrowingMarkdown | null>(null);
  growing.current ??= new GrowingMarkdown();
  const { done, tail } = growing.current.update(text, ended);
  const copyLabel = words.value.copyCode;
  return (
    <div class={ended ? 'prose' : 'prose growing'} onClick={copyCode}>
      {done.map((block, i) => (
        <BlockView key={i} html={block.html} copyLabel={copyLabel} />
      ))}
      {tail !== null && (isFence(tail) ? <FenceView key={done.length} fence={tail} /> : <BlockView key={done.length} html={tail.html} copyLabel={copyLabel} />)}
    </div>
  );
}

function isFence(tail: Block | OpenFence): tail is OpenFence {
  return 'code' in tail;
}

const BlockView = memo(function BlockView({ html, copyLabel }: { html: string; copyLabel: string }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const nodes = sanitised(html);
    for (const button of nodes.querySelectorAll('button')) {
      button.textContent = words.peek().copy;
      button.setAttribute('aria-label', copyLabel);
    }
    typeset(nodes);
    place.current!.replaceChildren(nodes);
    typesetLater(place.current!);
  }, [html, copyLabel]);
  return <div class="block" ref={place} />;
});

function typesetLater(place: HTMLElement): void {
  if (place.querySelector('.maths:not(.set)') !== null) void typesetWhenReady(place);
}

/** Code that is still being written: new text is appended, colours come when it is complete. */
function FenceView({ fence }: { fence: OpenFence }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const code = place.current!;
    const node = (code.firstChild as Text | null) ?? code.appendChild(document.createTextNode(''));
    if (fence.code.startsWith(node.data)) node.appendData(fence.code.slice(node.data.length));
    else node.data = fence.code;
  }, [fence.code]);
  return (
    <div class="block">
      <figure class="code" dir="ltr">
        <figcaption>
          <span class="language">{fence.language}</span>
        </figcaption>
        <pre dir="ltr">
          <code ref={place} />
        </pre>
      </figure>
    </div>
  );
}

function copyCode(event: MouseEvent): void {
  const button = (event.target as Element).closest('button[data-copy]');
  const code = button?.closest('figure')?.querySelector('code');
  if (!button || !code) return;
  void copyText(code.textContent ?? '');
  button.textContent = words.peek().copied;
  setTimeout(() => (button.textContent = words.peek().copy), 1500);
}
