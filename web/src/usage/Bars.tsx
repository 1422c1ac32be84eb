import type { Table } from '../api/analytics.ts';
import { number, words } from '../i18n/index.ts';
import { columnOf, numberOf } from './shape.ts';
import { groupName, shown } from './words.ts';

const MOST_BARS = 15;

/** A name that may go on in another line behind what its parts end with, rather than within a word. */
export function Breakable({ name }: { name: string }) {
  return <>{name.split(/(?<=[/:])/).flatMap((part, i) => (i === 0 ? [part] : [<wbr key={i} />, part]))}</>;
}

/** Bars by size. Those of a share of something that has an end are as long as that, and say where it is passed. */
export function Bars({ table, label, value, axis }: { table: Table; label: string; value: string; axis: string }) {
  const [name, of] = [columnOf(table, label), columnOf(table, value)];
  const unit = table.columns[of]?.unit ?? '';
  const rows = table.rows.slice(0, MOST_BARS);
  const most = Math.max(unit === 'share' ? 1 : Number.MIN_VALUE, ...rows.map((row) => numberOf(row[of]) ?? 0));
  return (
    <>
      <p class="axis-name">{axis}</p>
      <ul class="bars" role="list">
        {rows.map((row, i) => {
          const amount = numberOf(row[of]) ?? 0;
          return (
            <li key={i}>
              <bdi class="bar-name">
                <Breakable name={groupName(String(row[name] ?? ''))} />
              </bdi>
              <span class="bar-track" aria-hidden="true">
                <span class={unit === 'share' && amount >= 1 ? 'bar over' : 'bar'} style={{ inlineSize: `${(amount / most) * 100}%` }} />
              </span>
              <b>{shown(row[of] ?? null, unit)}</b>
            </li>
          );
        })}
      </ul>
      {table.rows.length > rows.length && <p class="hint">{words.value.usage.moreInTable(number(table.rows.length - rows.length))}</p>}
    </>
  );
}
