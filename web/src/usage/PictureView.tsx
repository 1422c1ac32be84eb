import { useEffect, useId, useMemo, useState } from 'preact/hooks';
import type { Drawn, ShareQuery, Table } from '../api/analytics.ts';
import { number, words } from '../i18n/index.ts';
import { Bars } from './Bars.tsx';
import { Drawing, Points, type Manner, type Point } from './Drawing.tsx';
import { cohorts, columnOf, columns, DASHES, grouped, latest, modelsOf, numberOf, pairs, tableOf, type Look, type Series } from './shape.ts';
import type { Picture } from './views.ts';
import { axisName, brief, columnName, groupName, periodName } from './words.ts';

interface PictureProps {
  readonly picture: Picture;
  readonly drawn: Drawn;
  /** What is said of it to those who do not see it. */
  readonly name: string;
  readonly query: ShareQuery;
}

/** A drawing of one of a chart's tables, with what its values are, and a key that has them in figures. */
export function PictureView({ picture, drawn, name, query }: PictureProps) {
  const table = tableOf(drawn, picture.table);
  if (table === null || table.rows.length === 0) return <p class="hint">{words.value.usage.nothing}</p>;
  const axis = axisName(picture.axis ?? unitOf(table, columnsOf(picture)[0]!), query.measure);
  switch (picture.kind) {
    case 'bands':
    case 'groups':
    case 'ranks':
    case 'lines':
    case 'pairs':
      return <OverTime picture={picture} name={name} table={table} chart={drawn.id} axis={axis} />;
    case 'bars':
      return <Bars table={picture.latest === true ? latest(table, picture.label) : table} label={picture.label} value={picture.value} axis={axis} />;
    case 'points':
      return <Scatter picture={picture} name={name} table={table} fit={tableOf(drawn, picture.fit)} />;
    case 'cohorts':
      return <CohortGrid table={table} name={name} axis={axis} />;
  }
}

/** The columns whose values are drawn. */
function columnsOf(picture: Picture): readonly string[] {
  switch (picture.kind) {
    case 'lines':
    case 'pairs':
      return picture.columns;
    case 'points':
      return [picture.y];
    case 'cohorts':
      return ['share'];
    default:
      return [picture.value];
  }
}

function unitOf(table: Table, column: string): string {
  return table.columns[columnOf(table, column)]?.unit ?? '';
}

type Timed = Extract<Picture, { kind: 'bands' | 'groups' | 'ranks' | 'lines' | 'pairs' }>;

function seriesOf(picture: Timed, table: Table): Series {
  switch (picture.kind) {
    case 'lines':
      return columns(table, picture.columns);
    case 'pairs':
      return pairs(table, picture.columns);
    default:
      return grouped(table, picture.value);
  }
}

const MANNERS: Readonly<Record<Timed['kind'], Manner>> = { bands: 'bands', groups: 'lines', lines: 'lines', pairs: 'lines', ranks: 'ranks' };

function OverTime({ picture, name, table, chart, axis }: { picture: Timed; name: string; table: Table; chart: string; axis: string }) {
  const u = words.value.usage;
  const series = useMemo(() => seriesOf(picture, table), [picture, table]);
  const last = series.periods.length - 1;
  const [chosen, look] = useState(last);
  const at = Math.min(chosen, last);
  useEffect(() => look(last), [series]);
  const unit = unitOf(table, columnsOf(picture)[0]!);
  const period = periodName(series.periods[at] ?? '');
  const named = series.lines.map((line, i) => ({
    line,
    name: picture.kind === 'pairs' ? `${groupName(line.name)} · ${i % 2 === 0 ? u.here : u.there}` : groupName(line.name, table.id, chart),
    value: brief(line.values[at] ?? null, picture.kind === 'lines' ? unitOf(table, line.name) : unit),
  }));
  return (
    <>
      <p class="axis-name">{axis}</p>
      <ul class="plot-keys" role="list">
        {named.map(({ line, name: of, value }) => (
          <li key={of}>
            <Swatch look={line.look} band={picture.kind === 'bands'} />
            <bdi>{of}</bdi>
            <b>{value}</b>
          </li>
        ))}
      </ul>
      <Drawing name={name} series={series} unit={unit} manner={picture.kind === 'bands' && picture.part === true ? 'part' : MANNERS[picture.kind]} mark={picture.kind === 'lines' ? (picture.mark ?? null) : null} at={at} onLook={look} />
      {last > 0 && (
        <label class="looker">
          <span>{u.periodShown(period)}</span>
          <input
            type="range"
            dir="ltr" // as the drawing above it
            min={0}
            max={last}
            value={at}
            aria-label={u.period}
            aria-valuetext={`${period}: ${named.map((one) => `${one.name} ${one.value}`).join(u.and)}`}
            onInput={(event) => look(Number(event.currentTarget.value))}
          />
        </label>
      )}
    </>
  );
}

/** The key to a line or a band, drawn as those are. */
function Swatch({ look, band }: { look: Look; band: boolean }) {
  if (band) return <span class={`swatch chart-${look.colour}${look.hatched ? ' hatched' : ''}`} aria-hidden="true" />;
  return (
    <svg class={`dash chart-line-${look.colour}`} viewBox="0 0 26 6" aria-hidden="true">
      <line x1="0" y1="3" x2="26" y2="3" stroke-dasharray={DASHES[look.dash]!.join(' ')} />
    </svg>
  );
}

function Scatter({ picture, name, table, fit }: { picture: Extract<Picture, { kind: 'points' }>; name: string; table: Table; fit: Table | null }) {
  const points = useMemo(() => {
    const [who, at, of] = [columnOf(table, picture.label), columnOf(table, picture.x), columnOf(table, picture.y)];
    return table.rows.flatMap((row): Point[] => {
      const [x, y] = [numberOf(row[at]), numberOf(row[of])];
      return x !== null && y !== null && x > 0 && y > 0 ? [{ name: String(row[who] ?? ''), x, y }] : []; // no place for 0 among powers of ten
    });
  }, [table, picture]);
  if (points.length === 0) return <p class="hint">{words.value.usage.nothing}</p>;
  const slope = fit === null ? null : numberOf(fit.rows[0]?.[columnOf(fit, 'elasticity')]);
  const [x, y] = [columnName(picture.x, picture.x), columnName(picture.y, picture.y)];
  return (
    <>
      <p class="axis-name">{words.value.usage.against(y, x)}</p>
      <Points name={name} points={points} units={[unitOf(table, picture.x), unitOf(table, picture.y)]} slope={slope} />
    </>
  );
}

/** Cohorts under one another, their ages beside one another; the fuller a field, the more have stayed. */
function CohortGrid({ table, name, axis }: { table: Table; name: string; axis: string }) {
  const u = words.value.usage;
  const models = useMemo(() => modelsOf(table), [table]);
  const [chosen, choose] = useState('');
  const model = models.includes(chosen) ? chosen : models[0]!;
  const grid = useMemo(() => cohorts(table, model), [table, model]);
  const id = useId();
  return (
    <>
      <label class="control beside" for={id}>
        <span>{columnName('model', 'Model')}</span>
        <select id={id} class="select" value={model} onChange={(event) => choose(event.currentTarget.value)}>
          {models.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </label>
      <div class="usage-table cohorts" role="region" aria-label={`${name}: ${model}`} tabIndex={0}>
        <table>
          <caption>{axis}</caption>
          <thead>
            <tr>
              <th scope="col">{columnName('cohort', 'First used in')}</th>
              <th scope="col" class="figure">
                {columnName('keys', 'Keys of the cohort')}
              </th>
              {Array.from({ length: grid.ages }, (_, age) => (
                <th scope="col" class="figure" key={age} aria-label={u.after(number(age))}>
                  {number(age)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {grid.rows.map((row) => (
              <tr key={row.cohort}>
                <th scope="row">{periodName(row.cohort)}</th>
                <td class="figure">{number(row.keys)}</td>
                {Array.from({ length: grid.ages }, (_, age) => {
                  const share = row.shares[age] ?? null;
                  return share === null ? (
                    <td key={age} />
                  ) : (
                    <td key={age} class="figure stayed" style={{ '--share': `${Math.round(share * 100)}%` }}>
                      {number(share, { style: 'percent', maximumFractionDigits: 0 })}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
