import type { Cell, Column, Note, ShareQuery, Unit } from '../api/analytics.ts';
import { number, region, words } from '../i18n/index.ts';
import { language } from '../store/prefs.ts';
import { keyed, readable, scaled, whole } from './figures.ts';
import { keyName } from './key-names.ts';

/** A country's name in the page's language; the code where it is none. */
export function country(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames(language.value, { type: 'region' }).of(code) ?? code;
}

/** Tables whose groups are ways in which something ended: words of the gateway's, not names that somebody gave. */
const OF_ENDINGS: readonly string[] = ['errors', 'refused'];

/** What a group, or a column that is drawn as one, is called in a table of a chart. */
export function groupName(id: string, table = '', chart = ''): string {
  const u = words.value.usage;
  if (OF_ENDINGS.includes(table)) return endingName(id);
  if (chart === 'keys') return own(u.groups, id) ?? keyName(id);
  const open = /^([a-z]{2})-open$/.exec(id);
  if (open) return u.openOf(country(open[1]!.toUpperCase()));
  return own(u.groups, id) ?? own(u.columns, id) ?? country(id);
}

/** How an attempt ended, or why a request was refused. */
export function endingName(id: string): string {
  return own(words.value.usage.endings, id) ?? id;
}

export function columnName(id: string, title: string): string {
  return own(words.value.usage.columns, id) ?? title;
}

/** Units whose values do not show them: a figure in their column needs the head to say what it counts. */
const BARE: readonly Unit[] = ['tokens', 'bytes', 'requests', 'pulls', 'milliseconds'];

/** A column's name with its unit, where neither its values nor its name say it. */
export function columnHead(column: Column): string {
  const name = columnName(column.id, column.title);
  const unit = BARE.includes(column.unit) && !column.id.includes(column.unit) ? own(words.value.usage.shortUnits, column.unit) : undefined;
  return unit === undefined ? name : `${name} (${unit})`;
}

/** What the values along an axis are; of shares and amounts, by the measure that was asked for. */
export function axisName(axis: string, measure: ShareQuery['measure']): string {
  const u = words.value.usage;
  if (axis === 'share') return u.shareOf[measure];
  return own(u.axes, axis) ?? '';
}

export function pictureName(id: string): string {
  return own(words.value.usage.pictures, id) ?? id;
}

export function tableName(id: string, title: string): string {
  return own(words.value.usage.tables, id) ?? title;
}

export function chartName(id: string, title: string): string {
  return own(words.value.usage.charts, id) ?? title;
}

/** A note in the page's language, where the page has it. */
export function noteText(note: Note): string {
  const u = words.value.usage;
  const count = (id: string): string => shown(note.values[id] ?? null, 'count');
  if (note.id === 'reconciliation-unpriced') return u.unpriced(count('requests'));
  if (note.id === 'reconciliation-unsaid') return u.unsaid(count('requests'));
  if (note.id === 'reconciliation-possible') return u.possible(count('attempts'), shown(Number(note.values['nanos'] ?? 0) / 1e9, 'dollars'));
  if (note.id === 'reconciliation-more') return u.fewerRows(count('count'));
  if (note.id === 'coverage') return u.coverage(shown(note.values['requests'] ?? null, 'requests'), shown(note.values['share'] ?? null, 'share'));
  return own(u.notes, note.id) ?? note.text;
}

function own(table: Readonly<Record<string, string>>, id: string): string | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined;
}

/** A figure; Arabic ones of money are held together, as their line would take "US$" apart. */
function figure(value: number, options: Intl.NumberFormatOptions): string {
  const text = number(value, options);
  return options.style === 'currency' && language.value === 'ar' ? `\u2066${text.replaceAll('\u200f', '')}\u2069` : text;
}

function other(value: Exclude<Cell, number>): string {
  const w = words.value;
  if (value === null || value === '') return w.unknown;
  if (typeof value === 'boolean') return value ? w.usage.yes : w.usage.no;
  return value;
}

/** A value as it is read, in the page's language. */
export function shown(value: Cell, unit: Unit): string {
  return typeof value === 'number' ? figure(value, readable(value, unit)) : other(value);
}

/** A value in the key to a drawing. */
export function brief(value: Cell, unit: Unit): string {
  return typeof value === 'number' ? figure(value, keyed(value, unit)) : other(value);
}

/** A value with all digits that came. */
export function exact(value: Cell, unit: Unit): string {
  return typeof value === 'number' ? figure(value, whole(unit)) : other(value);
}

/** A value as short as a scale needs it. */
export function short(value: number, unit: Unit): string {
  return figure(value, scaled(value, unit));
}

/** The beginning of a period, by the calendar of UTC. */
export function periodName(period: string): string {
  const hour = period.includes('T');
  const at = Date.parse(hour ? period : `${period}T00:00:00Z`);
  if (Number.isNaN(at)) return period;
  return new Intl.DateTimeFormat(region(), { timeZone: 'UTC', dateStyle: 'medium', ...(hour ? { timeStyle: 'short' } : {}) }).format(at);
}

/** Classes of tokens that an invoice counts together. */
export function className(classes: string): string {
  return classes
    .split(' + ')
    .map((one) => own(words.value.usage.classes, one) ?? one)
    .join(' + ');
}

/** Who has a line: the invoice, the ledger, or both. */
export function sideName(side: string): string {
  return own(words.value.usage.sides, side) ?? side;
}
