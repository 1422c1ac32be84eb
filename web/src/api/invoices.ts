import { dayAfter, drawnOf, type Drawn } from './analytics.ts';
import { call, isObject } from './http.ts';

/** What an invoice may be like, as the server says it. */
export interface InvoiceForm {
  readonly providers: readonly string[];
  /** For each column that is needed, the names that it may have. */
  readonly columns: readonly (readonly string[])[];
  readonly mostBytes: number;
}

/** Whose invoice of which days, the last one included. */
export interface InvoiceQuery {
  readonly provider: string;
  readonly from: string;
  readonly to: string;
}

const RECONCILIATION = '/v1/analytics/reconciliation';

export async function readInvoiceForm(): Promise<InvoiceForm> {
  const body: unknown = await (await call(RECONCILIATION)).json();
  const data = isObject(body) && isObject(body['data']) ? body['data'] : {};
  const columns = isObject(data['columns']) ? Object.values(data['columns']) : [];
  return { providers: texts(data['providers']), columns: columns.map(texts), mostBytes: typeof data['most_bytes'] === 'number' ? data['most_bytes'] : 0 };
}

export async function reconcile(query: InvoiceQuery, invoice: Blob): Promise<Drawn> {
  return drawnOf(await (await send(query, invoice)).json());
}

/** The same as a file of one table. */
export async function reconciled(query: InvoiceQuery, invoice: Blob, table: string): Promise<Blob> {
  return (await send(query, invoice, { format: 'csv', table })).blob();
}

function send(query: InvoiceQuery, invoice: Blob, more: Readonly<Record<string, string>> = {}): Promise<Response> {
  const parameters = new URLSearchParams({ provider: query.provider, from: query.from, to: dayAfter(query.to), ...more });
  return call(`${RECONCILIATION}?${parameters}`, { method: 'POST', body: invoice, headers: { 'Content-Type': 'text/csv' } });
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
