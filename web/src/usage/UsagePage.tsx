import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { listCharts, type Listed, type ShareQuery } from '../api/analytics.ts';
import { ApiError, type FailureKind } from '../api/http.ts';
import { apiKey, askForKey } from '../api/key.ts';
import { own } from '../api/keys.ts';
import { number, words } from '../i18n/index.ts';
import { address, route } from '../route.ts';
import { Icon } from '../ui/Icon.tsx';
import '../server/server.css';
import './usage.css';
import { ChartCard } from './ChartCard.tsx';
import { InvoiceCard } from './InvoiceCard.tsx';
import { refreshKeyNames } from './key-names.ts';
import { spanOf, type Span } from './spans.ts';
import { SECTIONS } from './views.ts';

/** What is asked; it outlives the page's view. */
const query = signal<ShareQuery>({ from: '', to: '', bucket: 'week', measure: 'tokens', view: 'then', open: false, top: 7 });

/** Charts of what was used, by sections. */
export default function UsagePage() {
  const w = words.value;
  const u = w.usage;
  const [charts, setCharts] = useState<readonly Listed[] | null>(null);
  const [costs, setCosts] = useState(true);
  const [failure, setFailure] = useState<FailureKind | null>(null);
  const key = apiKey.value;
  useEffect(() => {
    listCharts().then(
      (all) => {
        setCharts(all.charts);
        setCosts(all.costs);
        if (!all.costs && query.value.measure === 'cost') change({ measure: 'tokens' });
        setFailure(null);
      },
      (error: unknown) => {
        const kind = error instanceof ApiError ? error.kind : 'unreadable';
        if (kind === 'unauthorized') askForKey();
        setFailure(kind);
      },
    );
  }, [key]);
  const scopes = own.value;
  useEffect(() => void refreshKeyNames(), [scopes]);
  const here = route.value;
  const asked = here.page === 'usage' ? here.section : '';
  const sections = Object.keys(SECTIONS).filter((one) => charts === null || chartsOf(one, charts).length > 0);
  const section = sections.includes(asked) ? asked : (sections[0] ?? 'shares');
  const shown = chartsOf(section, charts ?? []);
  return (
    <main class="page server usage" id="main" tabIndex={-1}>
      <header class="server-head">
        <h1>{u.title}</h1>
      </header>
      <div class="server-body">
        <nav class="sections" aria-label={u.sections}>
          {sections.map((one) => (
            <a key={one} href={address({ page: 'usage', section: one })} aria-current={one === section ? 'page' : undefined}>
              {u.sectionNames[one as keyof typeof u.sectionNames]}
            </a>
          ))}
        </nav>
        <Controls costs={costs} />
        {failure !== null && (
          <p class="failure" role="status">
            <Icon name="alert" />
            {failure === 'missing' ? u.noGateway : w.failures[failure]}
          </p>
        )}
        {failure === null && charts === null && <p class="hint">{u.reading}</p>}
        {failure === null && charts !== null && shown.length === 0 && <p class="hint">{u.nothingHere}</p>}
        <div class="usage-cards">
          {shown.map((chart) => (
            <ChartCard key={chart.id} chart={chart} query={query.value} />
          ))}
          {section === 'operations' && shown.length > 0 && <InvoiceCard />}
        </div>
      </div>
    </main>
  );
}

function chartsOf(section: string, charts: readonly Listed[]): readonly Listed[] {
  return SECTIONS[section]!.flatMap((id) => charts.find((chart) => chart.id === id) ?? []);
}

function change(part: Partial<ShareQuery>): void {
  query.value = { ...query.value, ...part };
}

/** Which of the usual spans is asked for. */
const spanNow = signal<Span>('weeks');

function take(span: Span): void {
  spanNow.value = span;
  if (span !== 'own') change(spanOf(span, new Date()));
}

function ownTime(part: Partial<ShareQuery>): void {
  spanNow.value = 'own';
  change(part);
}

function Controls({ costs }: { costs: boolean }) {
  const u = words.value.usage;
  const now = query.value;
  return (
    <form class="controls" aria-label={u.controls} onSubmit={(event) => event.preventDefault()}>
      <Choice label={u.span} value={spanNow.value} names={u.spans} onChange={take} />
      <Choice label={u.measure} value={now.measure} names={u.measures} without={costs ? undefined : 'cost'} onChange={(measure) => change({ measure })} />
      <Choice label={u.bucket} value={now.bucket} names={u.buckets} onChange={(bucket) => change({ bucket })} />
      <label class="control">
        <span>{u.from}</span>
        <input type="date" min="1970-01-01" value={now.from} onChange={(event) => ownTime({ from: event.currentTarget.value })} />
      </label>
      <label class="control">
        <span>{u.to}</span>
        <input type="date" min="1970-01-01" value={now.to} onChange={(event) => ownTime({ to: event.currentTarget.value })} />
      </label>
      <Choice label={u.view} value={now.view} names={u.views} onChange={(view) => change({ view })} />
      <label class="control">
        <span>{u.top}</span>
        <select class="select" value={String(now.top)} onChange={(event) => change({ top: Number(event.currentTarget.value) })}>
          {[5, 7, 10, 20].map((top) => (
            <option key={top} value={String(top)}>
              {number(top)}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input type="checkbox" checked={now.open} onChange={(event) => change({ open: event.currentTarget.checked })} />
        {u.openOnly}
      </label>
    </form>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  names: Readonly<Record<T, string>>;
  /** What is not offered now. */
  without?: T | undefined;
  onChange: (value: T) => void;
}

function Choice<T extends string>({ label, value, names, without, onChange }: ChoiceProps<T>) {
  return (
    <label class="control">
      <span>{label}</span>
      <select class="select" value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {(Object.keys(names) as T[])
          .filter((one) => one !== without)
          .map((one) => (
            <option key={one} value={one}>
              {names[one]}
            </option>
          ))}
      </select>
    </label>
  );
}
