import type { Cell, Drawn, Table } from '../api/analytics.ts';

/** Lines or bands over periods, out of a table. */
export interface Series {
  /** Beginnings of periods, as the server writes them, in order. */
  readonly periods: readonly string[];
  readonly lines: readonly Line[];
}

export interface Line {
  readonly name: string;
  /** One for each period; null where there is none. */
  readonly values: readonly (number | null)[];
  readonly look: Look;
}

/** What tells a line or a band from others: a colour by its number, and a dash or a hatch, so that nothing hangs on colours alone. */
export interface Look {
  /** From 1 to {@link COLOURS}. */
  readonly colour: number;
  /** A place in {@link DASHES}. */
  readonly dash: number;
  readonly hatched: boolean;
}

/** As many colours as can be told apart; the last is for what is no group of its own. */
export const COLOURS = 8;
const OWN_COLOURS = COLOURS - 1;

export const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

const REST: readonly string[] = ['(other)', 'unknown', 'none'];

/** The look of a group by its place. The bands of openness keep theirs whichever is the largest; what is no group of its own is grey. */
export function lookOf(name: string, place: number): Look {
  if (REST.includes(name)) return { colour: COLOURS, dash: 0, hatched: false };
  const at = name === 'closed' ? 0 : name === 'other-open' ? 2 : /^[a-z]{2}-open$/.test(name) ? 1 : place;
  return { colour: (at % OWN_COLOURS) + 1, dash: Math.floor(at / OWN_COLOURS) % DASHES.length, hatched: at >= OWN_COLOURS };
}

export function tableOf(drawn: Drawn, id: string): Table | null {
  return drawn.tables.find((table) => table.id === id) ?? null;
}

export function columnOf(table: Table, id: string): number {
  return table.columns.findIndex((column) => column.id === id);
}

/** A line for each group: rows of (period, group, value), whose groups come in the order of their first row. */
export function grouped(table: Table, value: string): Series {
  const [at, by, of] = [columnOf(table, 'period'), columnOf(table, 'group'), columnOf(table, value)];
  if (at < 0 || by < 0 || of < 0) return { periods: [], lines: [] };
  const periods: string[] = [];
  const groups = new Map<string, Map<string, number | null>>();
  for (const row of table.rows) {
    const period = String(row[at]);
    if (periods[periods.length - 1] !== period) periods.push(period);
    const group = String(row[by]);
    let values = groups.get(group);
    if (values === undefined) groups.set(group, (values = new Map()));
    values.set(period, numberOf(row[of]));
  }
  return {
    periods,
    lines: [...groups].map(([name, values], place) => ({ name, values: periods.map((period) => values.get(period) ?? null), look: lookOf(name, place) })),
  };
}

/** A line for each of some columns: each has a dash of its own. */
export function columns(table: Table, ids: readonly string[]): Series {
  const at = columnOf(table, 'period');
  if (at < 0) return { periods: [], lines: [] };
  return {
    periods: table.rows.map((row) => String(row[at])),
    lines: ids
      .filter((id) => columnOf(table, id) >= 0)
      .map((id, place) => ({
        name: id,
        values: table.rows.map((row) => numberOf(row[columnOf(table, id)])),
        look: { colour: (place % OWN_COLOURS) + 1, dash: place % DASHES.length, hatched: false },
      })),
  };
}

/** As many groups as a drawing of pairs holds. */
const MOST_PAIRS = 4;

/** Two lines for each of the first groups, of one colour: a whole one for the first column, a dashed one for the second. */
export function pairs(table: Table, ids: readonly [string, string]): Series {
  const [one, other] = [grouped(table, ids[0]), grouped(table, ids[1])];
  return {
    periods: one.periods,
    lines: one.lines.slice(0, MOST_PAIRS).flatMap((line, place) => [
      { ...line, look: { ...line.look, dash: 0 } },
      { name: line.name, values: other.lines[place]?.values ?? [], look: { ...line.look, dash: 1 } },
    ]),
  };
}

/** Sums from the first line up, so that the last is the whole. */
export function stacked(series: Series): number[][] {
  const sums = series.periods.map(() => 0);
  return series.lines.map((line) => line.values.map((value, i) => (sums[i] = sums[i]! + (value ?? 0))));
}

/** The last row of each label, in the order of the labels' first rows. */
export function latest(table: Table, label: string): Table {
  const at = columnOf(table, label);
  const last = new Map<Cell, readonly Cell[]>();
  for (const row of table.rows) last.set(row[at] ?? null, row);
  return { ...table, rows: [...last.values()] };
}

/** Groups of keys by when they began: a row for each cohort, a share for each age. */
export interface Cohorts {
  readonly ages: number;
  readonly rows: readonly { readonly cohort: string; readonly keys: number; readonly shares: readonly (number | null)[] }[];
}

/** The models of a table of cohorts, those first that most keys began with. */
export function modelsOf(table: Table): readonly string[] {
  const [of, age, keys] = [columnOf(table, 'model'), columnOf(table, 'age'), columnOf(table, 'keys')];
  const began = new Map<string, number>();
  for (const row of table.rows) {
    const model = String(row[of]);
    began.set(model, (began.get(model) ?? 0) + (row[age] === 0 ? (numberOf(row[keys]) ?? 0) : 0));
  }
  return [...began.keys()].sort((one, other) => began.get(other)! - began.get(one)!);
}

export function cohorts(table: Table, model: string): Cohorts {
  const [of, cohort, age, keys, share] = ['model', 'cohort', 'age', 'keys', 'share'].map((id) => columnOf(table, id)) as [number, number, number, number, number];
  const rows = new Map<string, { cohort: string; keys: number; shares: (number | null)[] }>();
  let ages = 0;
  for (const row of table.rows) {
    if (String(row[of]) !== model) continue;
    const name = String(row[cohort]);
    let one = rows.get(name);
    if (one === undefined) rows.set(name, (one = { cohort: name, keys: numberOf(row[keys]) ?? 0, shares: [] }));
    const at = numberOf(row[age]) ?? one.shares.length;
    one.shares[at] = numberOf(row[share]);
    ages = Math.max(ages, at + 1);
  }
  return { ages, rows: [...rows.values()] };
}

/** Seconds since 1970 at which a period begins. */
export function secondsOf(period: string): number {
  return Date.parse(period.includes('T') ? period : `${period}T00:00:00Z`) / 1000;
}

export function numberOf(value: Cell | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
