export type Direction = 'ltr' | 'rtl';

// Letters of right-to-left scripts (bidi classes R and AL), and letters of all others (class L, near enough).
const RIGHT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}\p{Script=Samaritan}\p{Script=Hanifi_Rohingya}]/u;
const WORD = /[\p{L}\p{M}]+/gu;

/**
 * The direction that a paragraph reads in, or null if it has no letters.
 *
 * The first strong letter (what `dir="auto"` goes by) misleads where an Arabic sentence begins with a Latin name, as
 * technical prose often does. So a paragraph that begins in Latin script is still right-to-left if most of its words are.
 */
export function direction(text: string): Direction | null {
  let right = 0;
  let left = 0;
  let first: Direction | null = null;
  for (const [word] of text.slice(0, 2000).matchAll(WORD)) {
    if (!/\p{L}/u.test(word)) continue;
    const way: Direction = RIGHT.test(word) ? 'rtl' : 'ltr';
    first ??= way;
    if (way === 'rtl') right++;
    else left++;
  }
  return first === 'ltr' && right > left ? 'rtl' : first;
}

/** The value of a block's `dir`: `auto`, which leaves it to the browser, unless the browser would be misled. */
export function dirOf(text: string): 'auto' | Direction {
  const whole = direction(text);
  return whole === 'rtl' && firstStrong(text) === 'ltr' ? 'rtl' : 'auto';
}

function firstStrong(text: string): Direction | null {
  const letter = /\p{L}/u.exec(text);
  return letter === null ? null : RIGHT.test(letter[0]) ? 'rtl' : 'ltr';
}
