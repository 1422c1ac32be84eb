import { call, isObject } from './http.ts';

/** What a column's values are, as the server names it. */
export type Unit = string;

export interface Column {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
}

export type Cell = string | number | boolean | null;

export interface Table {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Note {
  readonly id: string;
  readonly text: string;
  readonly values: Readonly<Record<string, Cell>>;
}

/** A chart that the server has drawn, as tables. */
export interface Drawn {
  readonly id: string;
  readonly title: string;
  readonly tables: readonly Table[];
  readonly notes: readonly Note[];
}

export interface Listed {
  readonly id: string;
  readonly title: string;
}

/** What charts are asked with. Dates are days of UTC, the last one included. */
export interface ShareQuery {
  readonly from: string;
  readonly to: string;
  readonly bucket: 'hour' | 'day' | 'week' | 'month';
  readonly measure: 'tokens' | 'bytes' | 'requests' | 'cost';
  readonly view: 'then' | 'now';
  readonly open: boolean;
  readonly top: number;
}

const CHARTS = '/v1/analytics/charts';

/** The charts that there are for whoever asks, and whether they may be asked for money. */
export interface Listing {
  readonly charts: readonly Listed[];
  readonly costs: boolean;
}

export async function listCharts(): Promise<Listing> {
  const body: unknown = await (await call(CHARTS)).json();
  const data = isObject(body) && Array.isArray(body['data']) ? body['data'] : [];
  const charts = data.flatMap((one: unknown) => (isObject(one) && typeof one['id'] === 'string' ? [{ id: one['id'], title: text(one['title']) }] : []));
  return { charts, costs: !isObject(body) || body['costs'] !== false };
}

export async function readChart(id: string, query: ShareQuery, signal: AbortSignal): Promise<Drawn> {
  return drawnOf(await (await call(chartPath(id, query), { signal })).json());
}

export function chartPath(id: string, query: ShareQuery, more: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams({ bucket: query.bucket, measure: query.measure, view: query.view, top: String(query.top), ...more });
  if (query.open) parameters.set('open', 'true');
  if (query.from !== '') parameters.set('from', query.from);
  if (query.to !== '') parameters.set('to', dayAfter(query.to));
  return `${CHARTS}/${encodeURIComponent(id)}?${parameters}`;
}

export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

export interface Workload {
  readonly requests: number;
  readonly prompt: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
  readonly open: boolean;
}

export function workloadPath(load: Workload, more: Readonly<Record<string, string>> = {}): string {
  const parameters = new URLSearchParams({
    requests: String(load.requests),
    prompt: String(load.prompt),
    cached: String(load.cached),
    output: String(load.output),
    reasoning: String(load.reasoning),
    ...more,
  });
  if (load.open) parameters.set('open', 'true');
  return `/v1/analytics/workload?${parameters}`;
}

export async function readWorkload(load: Workload, signal: AbortSignal): Promise<Drawn> {
  return drawnOf(await (await call(workloadPath(load), { signal })).json());
}

/** Makes a drawing out of what came; what is not as it should be is left out. */
export function drawnOf(body: unknown): Drawn {
  if (!isObject(body)) return { id: '', title: '', tables: [], notes: [] };
  return { id: text(body['id']), title: text(body['title']), tables: list(body['tables']).map(tableOf), notes: list(body['notes']).map(noteOf) };
}

function tableOf(value: Record<string, unknown>): Table {
  const columns = list(value['columns']).map((one) => ({ id: text(one['id']), title: text(one['title']), unit: text(one['unit']) }));
  const rows = Array.isArray(value['rows']) ? value['rows'] : [];
  return {
    id: text(value['id']),
    title: text(value['title']),
    columns,
    rows: rows.filter((row): row is unknown[] => Array.isArray(row) && row.length === columns.length).map((row) => row.map(cell)),
  };
}

function noteOf(value: Record<string, unknown>): Note {
  const values = isObject(value['values']) ? value['values'] : {};
  return { id: text(value['id']), text: text(value['text']), values: Object.fromEntries(Object.entries(values).map(([name, one]) => [name, cell(one)])) };
}

function cell(value: unknown): Cell {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
