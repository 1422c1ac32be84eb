import { call, isObject } from './http.ts';

/** Times in milliseconds at the 50th, 95th and 99th percentile. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface ModelStatus {
  readonly id: string;
  readonly state: string;
  readonly running: number;
  readonly waiting: number;
  readonly maxSequences: number | null;
  readonly pages: number | null;
  readonly pagesUsed: number | null;
  readonly pagesCached: number | null;
  readonly kvBytes: number | null;
  readonly pageTokens: number | null;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly generatedTokens: number;
  readonly preemptions: number | null;
  readonly adapters: readonly string[];
  readonly firstToken: Percentiles;
  readonly betweenTokens: Percentiles;
}

/** The state of the server: `GET /jerboa/status`. What it does not say is null. */
export interface Status {
  readonly time: number;
  readonly uptimeSeconds: number | null;
  readonly version: string;
  readonly cores: number | null;
  readonly isa: string;
  readonly tier: string;
  readonly models: readonly ModelStatus[];
  readonly heapBytes: number | null;
  readonly heapMaxBytes: number | null;
  readonly nativeBytes: number | null;
  readonly residentBytes: number | null;
  readonly requests: number | null;
  readonly failed: number | null;
  readonly inFlight: number | null;
}

export async function readStatus(signal: AbortSignal): Promise<Status> {
  return statusOf(await (await call('/jerboa/status', { signal })).json(), Date.now());
}

export function statusOf(json: unknown, now: number): Status {
  const all = part(json);
  const machine = part(all['machine']);
  const memory = part(all['memory']);
  const requests = part(all['requests']);
  const time = Date.parse(string(all['time']));
  return {
    time: Number.isNaN(time) ? now : time,
    uptimeSeconds: amount(all['uptime_s']),
    version: string(all['version']),
    cores: amount(machine['cores']),
    isa: string(machine['isa']),
    tier: string(machine['tier']),
    models: Array.isArray(all['models']) ? all['models'].filter(isObject).map(modelStatus) : [],
    heapBytes: amount(memory['heap_bytes']),
    heapMaxBytes: amount(memory['heap_max_bytes']),
    nativeBytes: amount(memory['native_bytes']),
    residentBytes: amount(memory['rss_bytes']),
    requests: amount(requests['total']),
    failed: amount(requests['failed']),
    inFlight: amount(requests['in_flight']),
  };
}

function modelStatus(model: Record<string, unknown>): ModelStatus {
  const kv = part(model['kv']);
  return {
    id: string(model['id']),
    state: string(model['state']),
    running: amount(model['running']) ?? 0,
    waiting: amount(model['waiting']) ?? 0,
    maxSequences: amount(model['max_sequences']),
    pages: amount(kv['pages']),
    pagesUsed: amount(kv['pages_used']),
    pagesCached: amount(kv['pages_cached']),
    kvBytes: amount(kv['bytes']),
    pageTokens: amount(kv['page_tokens']),
    promptTokens: amount(model['prompt_tokens_total']) ?? 0,
    cachedTokens: amount(model['cached_tokens_total']) ?? 0,
    generatedTokens: amount(model['generated_tokens_total']) ?? 0,
    preemptions: amount(model['preemptions_total']),
    adapters: Array.isArray(model['adapters']) ? model['adapters'].map(adapterName).filter((name) => name !== '') : [],
    firstToken: percentiles(model['ttft_ms']),
    betweenTokens: percentiles(model['inter_token_ms']),
  };
}

function adapterName(value: unknown): string {
  return typeof value === 'string' ? value : string(part(value)['id'] ?? part(value)['name']);
}

function percentiles(value: unknown): Percentiles {
  const given = part(value);
  return { p50: amount(given['p50']), p95: amount(given['p95']), p99: amount(given['p99']) };
}

function part(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {};
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
