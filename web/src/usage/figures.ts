import type { Unit } from '../api/analytics.ts';

/** How many digits a figure is shown with, as options of Intl. */

const SHARE = { style: 'percent' } as const;
const DOLLARS = { style: 'currency', currency: 'USD' } as const;

/** As many digits as say something: of money cents at least, and six digits. */
export function readable(value: number, unit: Unit): Intl.NumberFormatOptions {
  switch (unit) {
    case 'dollars':
    case 'dollars_per_million_tokens':
      return { ...DOLLARS, minimumFractionDigits: 2, maximumFractionDigits: Math.min(9, Math.max(2, 5 - magnitude(value))) };
    case 'milliseconds': // of buckets a fifth wide
    case 'tokens_per_second':
      return Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
    case 'ratio':
      return { maximumSignificantDigits: 6 };
    default:
      return whole(unit);
  }
}

/** In the key to a drawing: of shares only what is seen of them there. */
export function keyed(value: number, unit: Unit): Intl.NumberFormatOptions {
  return unit === 'share' ? { ...SHARE, ...fewDigits(value) } : readable(value, unit);
}

/** Along a scale, where there is least room. */
export function scaled(value: number, unit: Unit): Intl.NumberFormatOptions {
  if (unit === 'share') return { ...SHARE, ...fewDigits(value) };
  const compact = { notation: 'compact', maximumSignificantDigits: 3 } as const;
  return unit.startsWith('dollars') ? { ...DOLLARS, ...compact } : compact;
}

/** All digits that came. */
export function whole(unit: Unit): Intl.NumberFormatOptions {
  switch (unit) {
    case 'share':
      return { ...SHARE, maximumFractionDigits: 4 };
    case 'dollars':
      return { ...DOLLARS, maximumFractionDigits: 9 };
    case 'dollars_per_million_tokens':
      return { ...DOLLARS, maximumFractionDigits: 6 };
    case 'tokens':
    case 'bytes':
    case 'requests':
    case 'pulls':
      return { maximumFractionDigits: 1 }; // means of whole numbers
    default:
      return { maximumFractionDigits: 6 };
  }
}

function fewDigits(share: number): Intl.NumberFormatOptions {
  return share === 0 || Math.abs(share) >= 0.01 ? { maximumFractionDigits: 2 } : { maximumSignificantDigits: 3 };
}

/** The power of ten that a number's first digit counts. */
function magnitude(value: number): number {
  return value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
}
