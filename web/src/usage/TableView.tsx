import type { Cell, Column, Table } from '../api/analytics.ts';
import { words } from '../i18n/index.ts';
import { Breakable } from './Bars.tsx';
import { keyName } from './key-names.ts';
import { className, columnHead, country, endingName, exact, groupName, periodName, shown, sideName, tableName } from './words.ts';

/** As many rows as a page can hold well; the rest is in the file. */
const MOST_ROWS = 400;

const TEXTS: readonly string[] = ['text', 'time', 'flag'];

function classOf({ unit }: Column): string {
  return unit === 'time' ? 'moment' : TEXTS.includes(unit) ? '' : 'figure';
}

interface TableProps {
  readonly table: Table;
  /** What the table is of: several charts of a page have tables of one name. */
  readonly of: string;
  /** The chart's id. */
  readonly chart?: string;
  readonly caption?: boolean;
  /** What is said where there are no rows. */
  readonly empty?: string;
}

/** A table of a chart, whole and exact. */
export function TableView({ table, of, chart = '', caption = true, empty }: TableProps) {
  const u = words.value.usage;
  const rows = table.rows.slice(0, MOST_ROWS);
  const name = tableName(table.id, table.title);
  return (
    <div class="usage-table" role="region" aria-label={`${of}: ${name === of ? words.value.table : name}`} tabIndex={0} data-table={table.id}>
      <table>
        {caption && <caption>{name}</caption>}
        <thead>
          <tr>
            {table.columns.map((column, j) => (
              <th scope="col" key={column.id} class={j === 0 || TEXTS.includes(column.unit) ? '' : 'figure'}>
                {columnHead(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>
              {row.map((value, j) => {
                const column = table.columns[j]!;
                const text = cellText(value, column, table.id, chart);
                const whole = typeof value === 'number' ? exact(value, column.unit) : text;
                return j === 0 ? (
                  <th scope="row" key={column.id}>
                    <bdi>
                      <Breakable name={text} />
                    </bdi>
                  </th>
                ) : (
                  <td key={column.id} class={classOf(column)} title={whole === text ? undefined : whole}>
                    <bdi>{text}</bdi>
                  </td>
                );
              })}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={table.columns.length}>{empty ?? u.nothing}</td>
            </tr>
          )}
        </tbody>
      </table>
      {table.rows.length > rows.length && <p class="hint">{u.moreRows(shown(table.rows.length - rows.length, 'count'))}</p>}
    </div>
  );
}

function cellText(value: Cell, column: Column, table: string, chart: string): string {
  if (typeof value === 'string' && column.unit === 'time') return periodName(value);
  if (typeof value === 'string' && column.id === 'group') return groupName(value, table, chart);
  if (typeof value === 'string' && (column.id === 'outcome' || column.id === 'reason')) return endingName(value);
  if (typeof value === 'string' && column.id === 'key') return value === '' ? words.value.usage.noKey : keyName(value);
  if (typeof value === 'string' && column.id === 'country') return country(value);
  if (typeof value === 'string' && column.id === 'token_class') return className(value);
  if (typeof value === 'string' && column.id === 'side') return sideName(value);
  return shown(value, column.unit);
}
