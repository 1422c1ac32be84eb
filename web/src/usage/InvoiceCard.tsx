import { useEffect, useId, useState } from 'preact/hooks';
import type { Drawn } from '../api/analytics.ts';
import { save } from '../api/download.ts';
import { ApiError, type FailureKind } from '../api/http.ts';
import { readInvoiceForm, reconcile, reconciled, type InvoiceForm, type InvoiceQuery } from '../api/invoices.ts';
import { apiKey, askForKey } from '../api/key.ts';
import { bytes, words } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { say } from '../ui/notice.tsx';
import { TableView } from './TableView.tsx';
import { noteText, tableName } from './words.ts';

interface Compared {
  readonly query: InvoiceQuery;
  readonly invoice: File;
  readonly drawn: Drawn;
}

/** The month before this one, by the calendar of UTC: what most invoices are of. */
function lastMonth(): { from: string; to: string } {
  const now = new Date();
  const day = (month: number, date: number): string => new Date(Date.UTC(now.getUTCFullYear(), month, date)).toISOString().slice(0, 10);
  return { from: day(now.getUTCMonth() - 1, 1), to: day(now.getUTCMonth(), 0) };
}

/** A provider's invoice against the ledger, for admins. The file goes to the server for each answer, and is kept by neither. */
export function InvoiceCard() {
  const w = words.value;
  const u = w.usage;
  const id = useId();
  const [form, setForm] = useState<InvoiceForm | null>(null);
  const [query, setQuery] = useState<InvoiceQuery>({ provider: '', ...lastMonth() });
  const [invoice, setInvoice] = useState<File | null>(null);
  const [compared, setCompared] = useState<Compared | null>(null);
  const [failure, setFailure] = useState<{ kind: FailureKind; detail: string } | null>(null);
  const [asking, setAsking] = useState(false);
  const key = apiKey.value;
  useEffect(() => {
    readInvoiceForm().then(
      (now) => {
        setForm(now);
        setQuery((before) => ({ ...before, provider: now.providers.includes(before.provider) ? before.provider : (now.providers[0] ?? '') }));
      },
      () => setForm(null), // a server without it, or a key that may not: there is nothing to offer
    );
  }, [key]);
  if (form === null) return null;
  const tooLarge = invoice !== null && form.mostBytes > 0 && invoice.size > form.mostBytes;
  const ready = invoice !== null && !tooLarge && query.provider !== '' && query.from !== '' && query.to !== '' && !asking;
  const compare = async (): Promise<void> => {
    if (!ready || invoice === null) return;
    setAsking(true);
    try {
      setCompared({ query, invoice, drawn: await reconcile(query, invoice) });
      setFailure(null);
    } catch (error) {
      const kind = error instanceof ApiError ? error.kind : 'unreadable';
      if (kind === 'unauthorized') askForKey();
      setFailure({ kind, detail: error instanceof ApiError ? error.detail : '' });
      setCompared(null);
    } finally {
      setAsking(false);
    }
  };
  return (
    <section class="plot usage-card" aria-labelledby={id} data-chart="reconciliation" aria-busy={asking}>
      <header class="plot-head">
        <h2 id={id}>{u.reconciliation}</h2>
      </header>
      <p class="hint">{u.reconciliationSays}</p>
      <form
        class="controls"
        aria-label={u.reconciliation}
        onSubmit={(event) => {
          event.preventDefault();
          void compare();
        }}
      >
        <label class="control">
          <span>{u.provider}</span>
          <select class="select" value={query.provider} onChange={(event) => setQuery({ ...query, provider: event.currentTarget.value })}>
            {form.providers.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <label class="control">
          <span>{u.from}</span>
          <input type="date" required value={query.from} onChange={(event) => setQuery({ ...query, from: event.currentTarget.value })} />
        </label>
        <label class="control">
          <span>{u.to}</span>
          <input type="date" required value={query.to} onChange={(event) => setQuery({ ...query, to: event.currentTarget.value })} />
        </label>
        <label class="control invoice-file">
          <span>{u.invoice}</span>
          <input type="file" accept=".csv,text/csv" aria-invalid={tooLarge} onChange={(event) => setInvoice(event.currentTarget.files?.[0] ?? null)} />
          {tooLarge && <span class="fault">{u.tooLarge(bytes(form.mostBytes))}</span>}
        </label>
        <Button kind="primary" type="submit" disabled={!ready}>
          {u.compare}
        </Button>
      </form>
      <p class="hint">
        {u.invoiceColumns}{' '}
        <bdi dir="ltr">{form.columns.map((names) => names.join(' | ')).join('; ')}</bdi>
      </p>
      {asking && (
        <p class="hint" role="status">
          {u.comparing}
        </p>
      )}
      {failure !== null && (
        <p class="failure" role="status">
          <Icon name="alert" />
          <span>{w.failures[failure.kind]}</span>
          {failure.detail !== '' && <span dir="auto">{failure.detail}</span>}
        </p>
      )}
      {compared !== null && !asking && <Differences compared={compared} />}
    </section>
  );
}

function Differences({ compared: { query, invoice, drawn } }: { compared: Compared }) {
  const u = words.value.usage;
  const file = (table: string): void => {
    reconciled(query, invoice, table).then(
      (blob) => save(blob, `reconciliation-${table}.csv`),
      () => say(words.peek().failures.server),
    );
  };
  return (
    <>
      {drawn.tables.map((table) => (
        <div class="with-file" key={table.id}>
          <TableView table={table} of={u.reconciliation} empty={u.allAgrees} />
          <button type="button" class="quiet-button" aria-label={`CSV: ${tableName(table.id, table.title)}`} onClick={() => file(table.id)}>
            CSV
          </button>
        </div>
      ))}
      <ol class="notes" aria-label={u.notesOf(u.reconciliation)}>
        {drawn.notes.map((note) => (
          <li key={note.id} data-note={note.id} dir="auto">
            {noteText(note)}
          </li>
        ))}
      </ol>
    </>
  );
}
