/** How a chart is shown; what the page does not know is shown as its tables. */
export type View =
  | { readonly kind: 'bands'; readonly table: string; readonly value: string; readonly facts: readonly string[] }
  | { readonly kind: 'groups'; readonly table: string; readonly value: string; readonly facts: readonly string[] }
  | { readonly kind: 'lines'; readonly table: string; readonly columns: readonly string[]; readonly facts: readonly string[] }
  | { readonly kind: 'bars'; readonly table: string; readonly label: string; readonly value: string; readonly facts: readonly string[] }
  | { readonly kind: 'points'; readonly table: string; readonly x: string; readonly y: string; readonly facts: readonly string[] }
  | { readonly kind: 'table'; readonly facts: readonly string[] };

const SHARES: View = { kind: 'bands', table: 'shares', value: 'share', facts: ['summary'] };

/** `facts` are tables that are always in sight. */
const VIEWS: Readonly<Record<string, View>> = {
  'open-closed': SHARES,
  'lab-volume': { kind: 'bars', table: 'labs', label: 'name', value: 'amount', facts: ['lead'] },
  'lab-country': SHARES,
  'payer-country': SHARES,
  'provider-country': SHARES,
  models: { ...SHARES, facts: ['trending'] },
  concentration: { kind: 'lines', table: 'concentration', columns: ['top_share', 'top_two_share', 'hhi'], facts: [] },
  'size-class': SHARES,
  'active-size-class': SHARES,
  reasoning: { kind: 'lines', table: 'reasoning', columns: ['model_share', 'reasoning_share', 'request_share'], facts: [] },
  lengths: { kind: 'lines', table: 'lengths', columns: ['prompt', 'reply'], facts: ['apps'] },
  'tool-calls': { kind: 'lines', table: 'tools', columns: ['share'], facts: ['models'] },
  categories: { kind: 'bands', table: 'categories', value: 'share', facts: [] },
  apps: SHARES,
  keys: SHARES,
  retention: { kind: 'table', facts: [] },
  cost: { kind: 'lines', table: 'cost', columns: ['paid', 'uncached'], facts: ['local_savings'] },
  'price-index': { kind: 'lines', table: 'price_index', columns: ['mean_index', 'price_index', 'mix_index'], facts: [] },
  'local-cost': { kind: 'bars', table: 'local_cost', label: 'endpoint', value: 'per_million', facts: [] },
  elasticity: { kind: 'points', table: 'endpoints', x: 'price', y: 'tokens', facts: ['fit'] },
  pulls: { kind: 'groups', table: 'cumulative', value: 'cumulative', facts: ['countries', 'years'] },
  world: { kind: 'table', facts: [] },
  operations: { kind: 'lines', table: 'over_time', columns: ['failed', 'fallbacks'], facts: ['endpoints'] },
  budgets: { kind: 'bars', table: 'budgets', label: 'budget', value: 'spent_share', facts: [] },
};

export function viewOf(chart: string): View {
  return VIEWS[chart] ?? { kind: 'table', facts: [] };
}

/** Charts that are looked at together. */
export const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  shares: ['open-closed', 'lab-volume', 'lab-country', 'payer-country', 'provider-country', 'models', 'concentration', 'size-class', 'active-size-class'],
  use: ['reasoning', 'lengths', 'tool-calls', 'categories', 'apps', 'keys', 'retention'],
  money: ['cost', 'price-index', 'local-cost', 'elasticity', 'budgets'],
  world: ['pulls', 'world'],
  operations: ['operations'],
};
