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
  return { periods, lines: [...groups].map(([name, values]) => ({ name, values: periods.map((period) => values.get(period) ?? null) })) };
}

/** A line for each of some columns. */
export function columns(table: Table, ids: readonly string[]): Series {
  const at = columnOf(table, 'period');
  if (at < 0) return { periods: [], lines: [] };
  return {
    periods: table.rows.map((row) => String(row[at])),
    lines: ids.filter((id) => columnOf(table, id) >= 0).map((id) => ({ name: id, values: table.rows.map((row) => numberOf(row[columnOf(table, id)])) })),
  };
}

/** Sums from the first line up, so that the last is the whole. */
export function stacked(series: Series): number[][] {
  const sums = series.periods.map(() => 0);
  return series.lines.map((line) => line.values.map((value, i) => (sums[i] = sums[i]! + (value ?? 0))));
}

/** Seconds since 1970 at which a period begins. */
export function secondsOf(period: string): number {
  return Date.parse(period.includes('T') ? period : `${period}T00:00:00Z`) / 1000;
}

export function numberOf(value: Cell | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
