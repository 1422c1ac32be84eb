import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { chartPath, readChart, type Drawn, type Listed, type ShareQuery, type Table } from '../api/analytics.ts';
import { download, save } from '../api/download.ts';
import { ApiError, call, type FailureKind } from '../api/http.ts';
import { askForKey } from '../api/key.ts';
import { words } from '../i18n/index.ts';
import { Icon } from '../ui/Icon.tsx';
import { say } from '../ui/notice.tsx';
import { COLOURS, Drawing, Points } from './Drawing.tsx';
import { columnOf, columns, grouped, numberOf, tableOf, type Series } from './shape.ts';
import { TableView } from './TableView.tsx';
import { viewOf, type View } from './views.ts';
import { chartName, groupName, noteText, periodName, shown, tableName } from './words.ts';

interface Failure {
  readonly kind: FailureKind;
  readonly detail: string;
}

/** A chart with its tables, notes and files. It is read when it comes into sight. */
export function ChartCard({ chart, query }: { chart: Listed; query: ShareQuery }) {
  const w = words.value;
  const id = useId();
  const box = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  useEffect(() => {
    const looking = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: '300px' },
    );
    looking.observe(box.current!);
    return () => looking.disconnect();
  }, []);
  useEffect(() => {
    if (!seen) return;
    const abort = new AbortController();
    readChart(chart.id, query, abort.signal).then(
      (now) => {
        setDrawn(now);
        setFailure(null);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const kind = error instanceof ApiError ? error.kind : 'unreadable';
        if (kind === 'unauthorized') askForKey();
        setFailure({ kind, detail: error instanceof ApiError && kind === 'rejected' ? error.detail : '' });
      },
    );
    return () => abort.abort();
  }, [seen, chart.id, query]);
  const title = chartName(chart.id, chart.title);
  return (
    <section class="plot usage-card" aria-labelledby={id} ref={box} data-chart={chart.id} aria-busy={drawn === null && failure === null}>
      <header class="plot-head">
        <h2 id={id}>{title}</h2>
        {drawn !== null && <Exports chart={chart.id} title={title} query={query} tables={drawn.tables} />}
      </header>
      {failure !== null && (
        <p class="failure" role="status">
          <Icon name="alert" />
          <span>{w.failures[failure.kind]}</span>
          {failure.detail !== '' && <span dir="auto">{failure.detail}</span>}
        </p>
      )}
      {drawn === null ? failure === null && <p class="hint">{w.usage.drawing}</p> : <Shown drawn={drawn} title={title} />}
    </section>
  );
}

function Exports({ chart, title, query, tables }: { chart: string; title: string; query: ShareQuery; tables: readonly Table[] }) {
  const u = words.value.usage;
  const failed = (): void => say(words.peek().failures.server);
  const json = async (): Promise<void> => save(await (await call(chartPath(chart, query))).blob(), `${chart}.json`);
  const [table, setTable] = useState(tables[0]?.id ?? '');
  const id = useId();
  return (
    <div class="exports">
      {tables.length > 1 && (
        <>
          <label class="unseen" for={id}>
            {u.tableOf(title)}
          </label>
          <select id={id} class="select small" value={table} onChange={(event) => setTable(event.currentTarget.value)}>
            {tables.map((one) => (
              <option key={one.id} value={one.id}>
                {tableName(one.id, one.title)}
              </option>
            ))}
          </select>
        </>
      )}
      <button type="button" class="quiet-button" aria-label={`CSV: ${title}`} onClick={() => void download(chartPath(chart, query, { format: 'csv', table }), `${chart}-${table}.csv`).catch(failed)}>
        CSV
      </button>
      <button type="button" class="quiet-button" aria-label={`JSON: ${title}`} onClick={() => void json().catch(failed)}>
        JSON
      </button>
    </div>
  );
}

function Shown({ drawn, title }: { drawn: Drawn; title: string }) {
  const u = words.value.usage;
  const view = viewOf(drawn.id);
  const facts = view.facts.flatMap((id) => tableOf(drawn, id) ?? []).filter((table) => table.rows.length > 0);
  const others = drawn.tables.filter((table) => !facts.includes(table));
  return (
    <>
      <Picture view={view} drawn={drawn} title={title} />
      {facts.map((table) => (
        <TableView key={table.id} table={table} />
      ))}
      {view.kind === 'table' && others[0] !== undefined && <TableView table={others[0]} />}
      {(view.kind === 'table' ? others.slice(1) : others).map((table) => (
        <Folded key={table.id} table={table} />
      ))}
      <ol class="notes" aria-label={u.notesOf(title)}>
        {drawn.notes.map((note) => (
          <li key={note.id} data-note={note.id} dir="auto">
            {noteText(note)}
          </li>
        ))}
      </ol>
    </>
  );
}

/** A table that is put into the page when it is unfolded. */
function Folded({ table }: { table: Table }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="folded" data-folded={table.id} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {words.value.table}: {tableName(table.id, table.title)}
      </summary>
      {open && <TableView table={table} caption={false} />}
    </details>
  );
}

function Picture({ view, drawn, title }: { view: View; drawn: Drawn; title: string }) {
  if (view.kind === 'table') return null;
  const table = tableOf(drawn, view.table);
  if (table === null || table.rows.length === 0) return <p class="hint">{words.value.usage.nothing}</p>;
  switch (view.kind) {
    case 'bands':
    case 'groups':
      return <OverTime title={title} table={table} value={view.value} bands={view.kind === 'bands'} columnsOf={null} />;
    case 'lines':
      return <OverTime title={title} table={table} value={view.columns[0]!} bands={false} columnsOf={view.columns} />;
    case 'bars':
      return <Bars table={table} label={view.label} value={view.value} />;
    case 'points':
      return <Scatter title={title} table={table} x={view.x} y={view.y} />;
  }
}

function unitOf(table: Table, column: string): string {
  return table.columns[columnOf(table, column)]?.unit ?? '';
}

function OverTime({ title, table, value, bands, columnsOf }: { title: string; table: Table; value: string; bands: boolean; columnsOf: readonly string[] | null }) {
  const u = words.value.usage;
  const series: Series = useMemo(() => (columnsOf === null ? grouped(table, value) : columns(table, columnsOf)), [table, value, columnsOf]);
  const last = series.periods.length - 1;
  const [chosen, look] = useState(last);
  const at = Math.min(chosen, last);
  useEffect(() => look(last), [series]);
  const unit = unitOf(table, value);
  const period = periodName(series.periods[at] ?? '');
  return (
    <>
      <ul class="plot-keys" role="list">
        {series.lines.map((line, i) => (
          <li key={line.name}>
            <span class={`swatch chart-${(i % COLOURS) + 1}`} aria-hidden="true" />
            <bdi>{groupName(line.name)}</bdi>
            <b>{shown(line.values[at] ?? null, columnsOf === null ? unit : unitOf(table, line.name))}</b>
          </li>
        ))}
      </ul>
      <Drawing title={title} series={series} unit={unit} bands={bands} at={at} onLook={look} />
      {last > 0 && (
        <label class="looker">
          <span>{u.periodShown(period)}</span>
          <input type="range" min={0} max={last} value={at} aria-label={u.period} aria-valuetext={period} onInput={(event) => look(Number(event.currentTarget.value))} />
        </label>
      )}
    </>
  );
}

const MOST_BARS = 15;

function Bars({ table, label, value }: { table: Table; label: string; value: string }) {
  const [name, of] = [columnOf(table, label), columnOf(table, value)];
  const rows = table.rows.slice(0, MOST_BARS);
  const most = Math.max(...rows.map((row) => numberOf(row[of]) ?? 0), Number.MIN_VALUE);
  return (
    <ul class="bars" role="list">
      {rows.map((row, i) => (
        <li key={i}>
          <bdi class="bar-name">{groupName(String(row[name] ?? ''))}</bdi>
          <span class="bar-track" aria-hidden="true">
            <span class="bar" style={{ inlineSize: `${((numberOf(row[of]) ?? 0) / most) * 100}%` }} />
          </span>
          <b>{shown(row[of] ?? null, table.columns[of]?.unit ?? '')}</b>
        </li>
      ))}
    </ul>
  );
}

function Scatter({ title, table, x, y }: { title: string; table: Table; x: string; y: string }) {
  const points = useMemo(() => {
    const [at, of] = [columnOf(table, x), columnOf(table, y)];
    return table.rows.flatMap((row) => {
      const [price, use] = [numberOf(row[at]), numberOf(row[of])];
      return price !== null && use !== null && price > 0 && use > 0 ? [[price, use] as const] : []; // no place for 0 among powers of ten
    });
  }, [table, x, y]);
  if (points.length === 0) return <p class="hint">{words.value.usage.nothing}</p>;
  return <Points title={title} points={points} units={[unitOf(table, x), unitOf(table, y)]} />;
}
