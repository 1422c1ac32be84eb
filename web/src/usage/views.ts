/**
 * One way to draw a table. `id` names it among those of its chart; `axis` is what its values are, where their unit does not say; `part` says
 * that bands of shares are not all of a whole, so that the scale ends with them.
 */
export type Picture =
  | { readonly kind: 'bands' | 'groups'; readonly id: string; readonly table: string; readonly value: string; readonly axis?: string; readonly part?: boolean }
  | { readonly kind: 'lines'; readonly id: string; readonly table: string; readonly columns: readonly string[]; readonly mark?: number; readonly axis?: string }
  | { readonly kind: 'ranks'; readonly id: string; readonly table: string; readonly value: string; readonly axis?: string }
  | { readonly kind: 'pairs'; readonly id: string; readonly table: string; readonly columns: readonly [string, string]; readonly axis?: string }
  | { readonly kind: 'bars'; readonly id: string; readonly table: string; readonly label: string; readonly value: string; readonly latest?: boolean; readonly axis?: string }
  | { readonly kind: 'points'; readonly id: string; readonly table: string; readonly label: string; readonly x: string; readonly y: string; readonly fit: string; readonly axis?: string }
  | { readonly kind: 'cohorts'; readonly id: string; readonly table: string; readonly axis?: string };

/** How a chart is shown; what the page does not know is shown as its tables. */
export interface View {
  /** The first is shown until another is chosen. */
  readonly pictures: readonly Picture[];
  /** Tables that are always in sight. */
  readonly facts: readonly string[];
}

const BANDS: Picture = { kind: 'bands', id: 'shares', table: 'shares', value: 'share' };
const AMOUNTS: Picture = { kind: 'bands', id: 'amounts', table: 'shares', value: 'amount' };
const SHARES: View = { pictures: [BANDS, AMOUNTS], facts: ['summary'] };

const VIEWS: Readonly<Record<string, View>> = {
  'open-closed': SHARES,
  'lab-volume': {
    pictures: [
      { kind: 'bars', id: 'amounts', table: 'labs', label: 'name', value: 'amount' },
      { kind: 'groups', id: 'cumulative', table: 'growth', value: 'cumulative' },
    ],
    facts: ['lead'],
  },
  'lab-country': SHARES,
  'payer-country': SHARES,
  'provider-country': SHARES,
  models: { pictures: [BANDS, AMOUNTS, { kind: 'ranks', id: 'ranks', table: 'ranks', value: 'rank', axis: 'rank' }], facts: ['trending'] },
  concentration: { pictures: [{ kind: 'lines', id: 'shares', table: 'concentration', columns: ['top_share', 'top_two_share', 'hhi'], mark: 0.25, axis: 'concentration' }], facts: [] },
  'size-class': SHARES,
  'active-size-class': SHARES,
  reasoning: { pictures: [{ kind: 'lines', id: 'shares', table: 'reasoning', columns: ['model_share', 'reasoning_share', 'request_share'] }], facts: [] },
  lengths: { pictures: [{ kind: 'lines', id: 'lengths', table: 'lengths', columns: ['prompt', 'reply'], axis: 'tokens_each' }], facts: ['apps'] },
  'tool-calls': {
    pictures: [
      { kind: 'lines', id: 'shares', table: 'tools', columns: ['share'], axis: 'request_share' },
      { kind: 'lines', id: 'calls', table: 'tools', columns: ['calls'], axis: 'calls_each' },
    ],
    facts: ['models'],
  },
  categories: {
    pictures: [
      { kind: 'bands', id: 'categories', table: 'categories', value: 'share', axis: 'request_share' },
      { kind: 'bands', id: 'scripts', table: 'scripts', value: 'share', axis: 'request_share' },
    ],
    facts: [],
  },
  apps: SHARES,
  keys: SHARES,
  retention: { pictures: [{ kind: 'cohorts', id: 'cohorts', table: 'retention', axis: 'cohorts' }], facts: [] },
  cost: {
    pictures: [
      { kind: 'lines', id: 'paid', table: 'cost', columns: ['paid', 'uncached'] },
      { kind: 'lines', id: 'cached', table: 'cost', columns: ['cache_share'], axis: 'cached' },
      { kind: 'lines', id: 'savings', table: 'cost', columns: ['cache_savings', 'off_peak_savings'] },
    ],
    facts: ['local_savings'],
  },
  'price-index': { pictures: [{ kind: 'lines', id: 'index', table: 'price_index', columns: ['mean_index', 'price_index', 'mix_index'], mark: 1, axis: 'index' }], facts: [] },
  'local-cost': {
    pictures: [
      { kind: 'bars', id: 'endpoints', table: 'local_cost', label: 'endpoint', value: 'per_million' },
      { kind: 'lines', id: 'time', table: 'over_time', columns: ['per_million'] },
    ],
    facts: [],
  },
  elasticity: { pictures: [{ kind: 'points', id: 'points', table: 'endpoints', label: 'endpoint', x: 'price', y: 'tokens', fit: 'fit' }], facts: ['fit'] },
  pulls: {
    pictures: [
      { kind: 'groups', id: 'cumulative', table: 'cumulative', value: 'cumulative' },
      { kind: 'groups', id: 'shares', table: 'cumulative', value: 'share', axis: 'pull_share' },
      { kind: 'bars', id: 'labs', table: 'labs', label: 'name', value: 'pulls' },
      { kind: 'bars', id: 'quantizations', table: 'quantizations', label: 'quantization', value: 'pulls' },
    ],
    facts: ['countries', 'years', 'labs'],
  },
  world: { pictures: [{ kind: 'pairs', id: 'shares', table: 'world', columns: ['share', 'world_share'] }], facts: [] },
  operations: {
    pictures: [
      { kind: 'lines', id: 'failures', table: 'over_time', columns: ['failed', 'fallbacks'], axis: 'request_share' },
      { kind: 'bands', id: 'errors', table: 'errors', value: 'share', axis: 'attempt_share', part: true },
      { kind: 'lines', id: 'first_token', table: 'over_time', columns: ['first_token_p50', 'first_token_p99', 'first_token'] },
      { kind: 'lines', id: 'overhead', table: 'over_time', columns: ['overhead_p50', 'overhead_p99'] },
      { kind: 'lines', id: 'quality', table: 'quality', columns: ['told_share', 'estimated_share', 'partial_share', 'missing_share'], axis: 'request_share' },
    ],
    facts: ['endpoints'],
  },
  refusals: {
    pictures: [
      { kind: 'bands', id: 'shares', table: 'refused', value: 'share', axis: 'refused_share', part: true },
      { kind: 'bands', id: 'amounts', table: 'refused', value: 'amount' },
    ],
    facts: ['refused_keys'],
  },
  budgets: { pictures: [{ kind: 'bars', id: 'spent', table: 'budgets', label: 'budget', value: 'spent_share', latest: true, axis: 'spent' }], facts: [] },
};

export function viewOf(chart: string): View {
  return VIEWS[chart] ?? { pictures: [], facts: [] };
}

/** Charts that are looked at together. */
export const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  shares: ['open-closed', 'lab-volume', 'lab-country', 'payer-country', 'provider-country', 'models', 'concentration', 'size-class', 'active-size-class'],
  use: ['reasoning', 'lengths', 'tool-calls', 'categories', 'apps', 'keys', 'retention'],
  money: ['cost', 'price-index', 'local-cost', 'elasticity', 'budgets'],
  world: ['pulls', 'world'],
  operations: ['operations', 'refusals'],
};
