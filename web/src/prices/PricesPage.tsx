import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { readWorkload, workloadPath, type Drawn, type Table, type Workload } from '../api/analytics.ts';
import { download } from '../api/download.ts';
import { ApiError, type FailureKind } from '../api/http.ts';
import { apiKey, askForKey } from '../api/key.ts';
import { number, words } from '../i18n/index.ts';
import '../server/server.css';
import { Icon } from '../ui/Icon.tsx';
import { say } from '../ui/notice.tsx';
import { Bars } from '../usage/Bars.tsx';
import '../usage/usage.css';
import { TableView } from '../usage/TableView.tsx';
import { noteText } from '../usage/words.ts';

/** What is typed; the cached part is a share here, and tokens to the server. */
const asked = signal({ requests: 1000, prompt: 10_000, cachedShare: 50, output: 1000, reasoning: 0, open: false });

const SETTLED_MILLIS = 250;

function workload(): Workload {
  const { requests, prompt, cachedShare, output, reasoning, open } = asked.value;
  return { requests, prompt, cached: Math.round((prompt * cachedShare) / 100), output, reasoning, open };
}

/** What a workload would cost at each endpoint. The server reckons; the page shows. */
export default function PricesPage() {
  const w = words.value;
  const p = w.prices;
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const [failure, setFailure] = useState<{ kind: FailureKind; detail: string } | null>(null);
  const key = apiKey.value;
  const now = asked.value;
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      readWorkload(workload(), abort.signal).then(
        (answer) => {
          setDrawn(answer);
          setFailure(null);
        },
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const kind = error instanceof ApiError ? error.kind : 'unreadable';
          if (kind === 'unauthorized') askForKey();
          setFailure({ kind, detail: error instanceof ApiError ? error.detail : '' });
        },
      );
    }, SETTLED_MILLIS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [now, key]);
  const table = drawn?.tables[0] ?? null;
  return (
    <main class="page server usage" id="main" tabIndex={-1}>
      <header class="server-head">
        <h1>{p.title}</h1>
      </header>
      <div class="server-body">
        <form class="controls" aria-label={p.workload} onSubmit={(event) => event.preventDefault()}>
          <Figure label={p.requests} value={now.requests} min={1} max={1e12} onChange={(requests) => change({ requests })} />
          <Figure label={p.prompt} value={now.prompt} min={0} max={1e8} onChange={(prompt) => change({ prompt })} />
          <Figure label={p.cached} value={now.cachedShare} min={0} max={100} onChange={(cachedShare) => change({ cachedShare })} />
          <Figure label={p.output} value={now.output} min={0} max={1e8} onChange={(output) => change({ output })} />
          <Figure label={p.reasoning} value={now.reasoning} min={0} max={1e8} onChange={(reasoning) => change({ reasoning })} />
          <label class="check">
            <input type="checkbox" checked={now.open} onChange={(event) => change({ open: event.currentTarget.checked })} />
            {w.usage.openOnly}
          </label>
          {table !== null && (
            <button type="button" class="quiet-button" onClick={() => void download(workloadPath(workload(), { format: 'csv' }), 'workload.csv').catch(() => say(words.peek().failures.server))}>
              CSV
            </button>
          )}
        </form>
        {failure !== null && (
          <p class="failure" role="status">
            <Icon name="alert" />
            <span>{failure.kind === 'missing' ? w.usage.noGateway : w.failures[failure.kind]}</span>
            {failure.kind === 'rejected' && <span dir="auto">{failure.detail}</span>}
          </p>
        )}
        {drawn === null && failure === null && <p class="hint">{p.reckoning}</p>}
        {drawn !== null && table !== null && failure === null && (
          <section class="plot usage-card" aria-label={p.title}>
            {table.rows.length > 0 && <Bars table={table} label="endpoint" value="now" axis={p.axis} />}
            <TableView table={pricesFirst(table)} of={p.title} empty={p.noOffers} />
            <ol class="notes" aria-label={w.usage.notesOf(p.title)}>
              {drawn.notes.map((note) => (
                <li key={note.id} dir="auto">
                  {noteText(note)}
                </li>
              ))}
            </ol>
          </section>
        )}
      </div>
    </main>
  );
}

/** The same with what it costs beside what is offered: the rest is looked up for a few. */
function pricesFirst(table: Table): Table {
  const places = table.columns.map((_, at) => at);
  const isPrice = (at: number): boolean => table.columns[at]!.unit === 'dollars';
  const order = [...places.slice(0, 1), ...places.slice(1).filter(isPrice), ...places.slice(1).filter((at) => !isPrice(at))];
  return { ...table, columns: order.map((at) => table.columns[at]!), rows: table.rows.map((row) => order.map((at) => row[at] ?? null)) };
}

function change(part: Partial<typeof asked.value>): void {
  asked.value = { ...asked.value, ...part };
}

function Figure({ label, value, min, max, onChange }: { label: string; value: number; min: number; max: number; onChange: (value: number) => void }) {
  const [text, setText] = useState(String(value));
  const read = Number(text);
  const fits = text.trim() !== '' && Number.isInteger(read) && read >= min && read <= max;
  return (
    <label class="control">
      <span>{label}</span>
      <input
        type="number"
        dir="ltr"
        min={min}
        max={max}
        step={1}
        aria-invalid={!fits}
        value={text}
        onInput={(event) => {
          const now = event.currentTarget.value;
          setText(now);
          const next = Number(now);
          if (now.trim() !== '' && Number.isInteger(next) && next >= min && next <= max) onChange(next);
        }}
      />
      {!fits && <span class="fault">{words.value.outOfRange(number(min), number(max))}</span>}
    </label>
  );
}
