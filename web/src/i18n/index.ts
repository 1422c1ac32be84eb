import { computed, effect } from '@preact/signals';
import { language, type Language } from '../store/prefs.ts';
import { ar } from './ar.ts';
import { en, type Plural, type Words } from './en.ts';

const TABLES: Readonly<Record<Language, Words>> = { en, ar };

export const LANGUAGES = Object.keys(TABLES) as Language[];

/** The words of the chosen language. */
export const words = computed(() => TABLES[language.value]);

export function wordsOf(language: Language): Words {
  return TABLES[language];
}

/** Keeps the document's language and direction as chosen. */
effect(() => {
  if (typeof document === 'undefined') return;
  document.documentElement.lang = language.value;
  document.documentElement.dir = language.value === 'ar' ? 'rtl' : 'ltr';
});

const formats = new Map<string, Intl.NumberFormat>();

export function number(value: number, options: Intl.NumberFormatOptions = {}): string {
  const name = `${language.value} ${JSON.stringify(options)}`;
  let format = formats.get(name);
  if (format === undefined) formats.set(name, (format = new Intl.NumberFormat(language.value, options)));
  return format.format(value);
}

/** 7,240,000,000 as "7.2B". */
export function compact(value: number): string {
  return number(value, { notation: 'compact', maximumSignificantDigits: 3 });
}

export function percent(share: number): string {
  return number(share, { style: 'percent', maximumFractionDigits: share < 0.1 ? 1 : 0 });
}

export function plural(forms: Plural, count: number): string {
  const form = forms[new Intl.PluralRules(language.value).select(count)] ?? forms.other;
  return form.replace('#', number(count));
}

const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function bytes(value: number): string {
  const power = value < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log10(value) / 3));
  return number(value / 1000 ** power, { style: 'unit', unit: BYTES[power]!, unitDisplay: power === 0 ? 'long' : 'short', maximumSignificantDigits: 3 });
}

/** A span of time: "340 ms", "2.4 s", "3 min 20 s", "2 hr 5 min". */
export function duration(millis: number): string {
  const part = (value: number, unit: string, digits = 0): string =>
    number(value, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits });
  if (millis < 1000) return part(Math.round(millis), 'millisecond');
  const seconds = millis / 1000;
  if (seconds < 60) return part(seconds, 'second', 1);
  const whole = Math.round(seconds);
  if (whole < 3600) return `${part(Math.floor(whole / 60), 'minute')} ${part(whole % 60, 'second')}`;
  if (whole < 86400) return `${part(Math.floor(whole / 3600), 'hour')} ${part(Math.floor((whole % 3600) / 60), 'minute')}`;
  return `${part(Math.floor(whole / 86400), 'day')} ${part(Math.floor((whole % 86400) / 3600), 'hour')}`;
}

/** The reader's own kind of the chosen language, for times: some write 16:05, others 4:05 PM. */
export function region(): string {
  const own = typeof navigator === 'undefined' ? undefined : navigator.languages.find((one) => one.startsWith(`${language.value}-`));
  return language.value === 'en' ? (own ?? 'en') : language.value;
}

export function clock(time: number): string {
  return new Intl.DateTimeFormat(region(), { hour: '2-digit', minute: '2-digit' }).format(time);
}

/** The time to the second, as short as a scale needs it: 16:05:09. */
export function clockFace(time: number): string {
  return new Intl.DateTimeFormat(language.value, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(time);
}

/** The day for older times, the hour for today's. */
export function moment(time: number): string {
  const today = new Date().toDateString() === new Date(time).toDateString();
  return today ? clock(time) : new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeStyle: 'short' }).format(time);
}
