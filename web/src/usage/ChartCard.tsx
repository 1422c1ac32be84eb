import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { chartPath, readChart, type Drawn, type Listed, type ShareQuery, type Table } from '../api/analytics.ts';
import { download, save } from '../api/download.ts';
import { ApiError, call, type FailureKind } from '../api/http.ts';
import { apiKey, askForKey } from '../api/key.ts';
import { words } from '../i18n/index.ts';
import { Icon } from '../ui/Icon.tsx';
import { say } from '../ui/notice.tsx';
import { PictureView } from './PictureView.tsx';
import { tableOf } from './shape.ts';
import { TableView } from './TableView.tsx';
import { viewOf, type Picture } from './views.ts';
import { chartName, noteText, pictureName, tableName } from './words.ts';

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
  const [asking, setAsking] = useState(true);
  const key = apiKey.value;
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
    setAsking(true);
    readChart(chart.id, query, abort.signal).then(
      (now) => {
        setDrawn(now);
        setFailure(null);
        setAsking(false);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const kind = error instanceof ApiError ? error.kind : 'unreadable';
        if (kind === 'unauthorized') askForKey();
        setFailure({ kind, detail: error instanceof ApiError && kind === 'rejected' ? error.detail : '' });
        setDrawn(null); // figures of what was asked before would be taken for the answer
        setAsking(false);
      },
    );
    return () => abort.abort();
  }, [seen, chart.id, query, key]);
  const title = chartName(chart.id, chart.title);
  return (
    <section class={drawn === null && failure === null ? 'plot usage-card waiting' : 'plot usage-card'} aria-labelledby={id} ref={box} data-chart={chart.id} aria-busy={asking}>
      <header class="plot-head">
        <h2 id={id}>{title}</h2>
        {drawn !== null && !isEmpty(drawn) && <Exports chart={chart.id} title={title} query={query} tables={drawn.tables} />}
      </header>
      {failure !== null && (
        <p class="failure" role="status">
          <Icon name="alert" />
          <span>{w.failures[failure.kind]}</span>
          {failure.detail !== '' && <span dir="auto">{failure.detail}</span>}
        </p>
      )}
      {asking && <p class={drawn === null ? 'hint' : 'hint redrawing'}>{w.usage.drawing}</p>}
      {drawn !== null && <Shown drawn={drawn} title={title} query={query} />}
    </section>
  );
}

function isEmpty(drawn: Drawn): boolean {
  return drawn.tables.every((table) => table.rows.length === 0);
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

function Shown({ drawn, title, query }: { drawn: Drawn; title: string; query: ShareQuery }) {
  const u = words.value.usage;
  if (isEmpty(drawn)) {
    const definition = drawn.notes[0];
    return (
      <>
        <p class="nothing">{u.nothing}</p>
        {definition !== undefined && (
          <p class="hint" dir="auto">
            {noteText(definition)}
          </p>
        )}
      </>
    );
  }
  const view = viewOf(drawn.id);
  const facts = view.facts.flatMap((id) => tableOf(drawn, id) ?? []).filter((table) => table.rows.length > 0);
  const others = drawn.tables.filter((table) => !facts.includes(table));
  const plain = view.pictures.length === 0 ? others.slice(0, 1) : [];
  return (
    <>
      <Pictures drawn={drawn} title={title} pictures={view.pictures} query={query} />
      {[...facts, ...plain].map((table) => (
        <TableView key={table.id} table={table} of={title} chart={drawn.id} />
      ))}
      {others
        .filter((table) => !plain.includes(table) && table.rows.length > 0)
        .map((table) => (
          <Folded key={table.id} table={table} of={title} chart={drawn.id} />
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

/** The chosen drawing of a chart, and a choice where there are several. */
function Pictures({ drawn, title, pictures, query }: { drawn: Drawn; title: string; pictures: readonly Picture[]; query: ShareQuery }) {
  const [chosen, choose] = useState(pictures[0]?.id ?? '');
  const picture = pictures.find((one) => one.id === chosen);
  if (picture === undefined) return null;
  const name = pictures.length > 1 ? `${title}: ${pictureName(picture.id)}` : title;
  return (
    <>
      {pictures.length > 1 && (
        <div class="pictures" role="group" aria-label={words.value.usage.picturesOf(title)}>
          {pictures.map((one) => (
            <button key={one.id} type="button" class="quiet-button" aria-pressed={one === picture} data-picture={one.id} onClick={() => choose(one.id)}>
              {pictureName(one.id)}
            </button>
          ))}
        </div>
      )}
      <PictureView key={picture.id} picture={picture} drawn={drawn} name={name} query={query} />
    </>
  );
}

/** A table that is put into the page when it is unfolded. */
function Folded({ table, of, chart }: { table: Table; of: string; chart: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="folded" data-folded={table.id} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {words.value.table}: {tableName(table.id, table.title)}
      </summary>
      {open && <TableView table={table} of={of} chart={chart} caption={false} />}
    </details>
  );
}
