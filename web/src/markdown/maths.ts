/// <reference path="./temml.d.ts" />
import type { MathsNode } from 'temml';

type Typesetter = typeof import('temml').default;

let fetching: Promise<Typesetter> | null = null;
let ready: Typesetter | null = null;

/** Typesets all maths in `root`, fetching the typesetter (Temml: TeX to MathML Core) and its style sheet the first time. */
export async function typesetWhenReady(root: ParentNode): Promise<void> {
  fetching ??= Promise.all([import('temml'), import('./maths.css')]).then(([module]) => module.default);
  ready = await fetching;
  typeset(root);
}

/** Typesets all maths in `root` if the typesetter is there. A formula that cannot be read stays as its source. */
export function typeset(root: ParentNode): void {
  if (ready === null) return;
  for (const place of root.querySelectorAll<HTMLElement>('.maths:not(.set)')) {
    place.classList.add('set');
    try {
      const tree = ready.__renderToMathMLTree(place.dataset['tex'] ?? '', {
        displayMode: place.classList.contains('display'),
        annotate: true,
        throwOnError: true,
        trust: false,
        maxExpand: 300,
        maxSize: [40, 40],
      });
      stylesAsProperties(tree);
      place.replaceChildren(tree.toNode());
    } catch {
      place.classList.add('unreadable');
    }
  }
}

/** Moves `style` attributes into style objects, which are set through the DOM and so pass a strict `style-src`. */
function stylesAsProperties(node: MathsNode): void {
  const style = node.attributes?.['style'];
  if (typeof style === 'string') {
    delete node.attributes!['style'];
    for (const declaration of style.split(';')) {
      const [name, value] = declaration.split(':');
      if (name && value) node.style = { ...node.style, [name.trim()]: value.trim() };
    }
  }
  for (const child of node.children ?? []) stylesAsProperties(child);
}
