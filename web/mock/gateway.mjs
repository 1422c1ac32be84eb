/** A small gateway's charts, prices, keys and budgets, with the shapes of the server's and made-up figures. */

const WEEKS = 12;
const FIRST = Date.UTC(2025, 8, 8);
const period = (week) => new Date(FIRST + week * 7 * 86_400_000).toISOString().slice(0, 10);
const column = (id, title, unit) => ({ id, title, unit });

const TITLES = {
  'open-closed': 'Open and closed models',
  'lab-volume': 'Volume by lab',
  models: 'Models',
  concentration: 'Concentration among open models',
  cost: 'What tokens cost',
  elasticity: 'Price against use',
  retention: 'Keys that stay with a model',
  pulls: 'Pulls by lab country',
  world: 'Shares here and in the world',
  operations: 'Operations',
  refusals: 'Refused requests',
};
const EVERYBODYS = ['operations'];

function openClosed(measure) {
  const rows = [];
  for (let week = 0; week < WEEKS; week++) {
    const all = (900 + 60 * week) * 1e9;
    const chinese = 0.16 + 0.012 * week;
    for (const [group, share] of [['closed', 0.86 - chinese], ['cn-open', chinese], ['other-open', 0.14]]) rows.push([period(week), group, Math.round(all * share), Number(share.toFixed(6))]);
  }
  return [
    { id: 'shares', title: 'Open and closed models', columns: [column('period', 'Beginning', 'time'), column('group', 'Group', 'text'), column('amount', 'Amount', measure === 'cost' ? 'dollars' : measure), column('share', 'Share', 'share')], rows },
    {
      id: 'summary',
      title: 'Each group',
      columns: [column('group', 'Group', 'text'), column('amount', 'Amount', 'tokens'), column('mean_share', 'Mean of the periods’ shares', 'share'), column('peak_share', 'Highest share', 'share'), column('peak_period', 'Period of the highest share', 'time')],
      rows: [['closed', 9_200_000_000_000, 0.634, 0.7, period(0)], ['cn-open', 3_500_000_000_000, 0.226, 0.292, period(11)], ['other-open', 2_060_000_000_000, 0.14, 0.14, period(0)]],
    },
  ];
}

const TABLES = {
  'open-closed': openClosed,
  'lab-volume': (measure) => [
    {
      id: 'labs',
      title: 'Volume by lab',
      columns: [column('rank', 'Rank', 'count'), column('lab', 'Lab', 'text'), column('name', 'Name', 'text'), column('country', 'Country', 'text'), column('amount', 'Amount', measure), column('share', 'Share', 'share')],
      rows: [[1, 'deepseek', 'DeepSeek', 'CN', 14_370_000_000_000, 0.41], [2, 'qwen', 'Alibaba (Qwen)', 'CN', 5_590_000_000_000, 0.16], [3, 'meta-llama', 'Meta', 'US', 3_960_000_000_000, 0.11]],
    },
    {
      id: 'lead',
      title: 'The largest against the next four together',
      columns: [column('lab', 'Lab', 'text'), column('amount', 'Amount', measure), column('more', 'Whether it is more', 'flag')],
      rows: [['deepseek', 14_370_000_000_000, true]],
    },
  ],
  models: () => {
    const models = ['deepseek/v4', 'qwen/qwen4', 'openai/gpt', 'meta/llama', 'z-ai/glm', 'moonshot/k3', 'mistral/large', 'google/gemma', '(other)'];
    const weeks = [...Array(WEEKS).keys()];
    const share = (week, i) => Number(((i === 8 ? 0.1 : 0.9 / 8) + (i < 8 ? 0.004 * (week - 5) * (3.5 - i) : 0)).toFixed(6));
    const rank = (week, i) => 1 + models.slice(0, 8).filter((_, j) => share(week, j) > share(week, i)).length;
    return [
      {
        id: 'shares',
        title: 'Models',
        columns: [column('period', 'Beginning', 'time'), column('group', 'Group', 'text'), column('amount', 'Amount', 'tokens'), column('share', 'Share', 'share')],
        rows: weeks.flatMap((week) => models.map((model, i) => [period(week), model, Math.round(share(week, i) * 1e12), share(week, i)])),
      },
      {
        id: 'ranks',
        title: 'Ranks',
        columns: [column('period', 'Beginning', 'time'), column('group', 'Model', 'text'), column('rank', 'Rank', 'count')],
        rows: weeks.flatMap((week) => models.slice(0, 8).map((model, i) => [period(week), model, rank(week, i)])),
      },
      {
        id: 'trending',
        title: 'Trending',
        columns: [column('model', 'Model', 'text'), column('amount', 'Amount', 'tokens'), column('gain', 'More than that', 'tokens')],
        rows: [['deepseek/v4', 2e11, 3e10]],
      },
    ];
  },
  retention: () => [
    {
      id: 'retention',
      title: 'Keys that stay with a model',
      columns: [column('model', 'Model', 'text'), column('cohort', 'First used in', 'time'), column('age', 'Periods since', 'count'), column('keys', 'Keys of the cohort', 'count'), column('active', 'Of which active', 'count'), column('share', 'Share', 'share')],
      rows: ['deepseek/v4', 'openai/gpt'].flatMap((model, m) =>
        [0, 1, 2, 3].flatMap((week) => [...Array(6 - week).keys()].map((age) => [model, period(week), age, 20 - 5 * m, Math.round((20 - 5 * m) * 0.8 ** age), Number((Math.round((20 - 5 * m) * 0.8 ** age) / (20 - 5 * m)).toFixed(6))])),
      ),
    },
  ],
  world: () => [
    {
      id: 'world',
      title: 'Shares here and in the world',
      columns: [column('period', 'Beginning', 'time'), column('group', 'Model', 'text'), column('share', 'Share here', 'share'), column('world_share', 'Share there', 'share')],
      rows: [...Array(WEEKS).keys()].flatMap((week) => [[period(week), 'deepseek/v4', 0.3 + 0.01 * week, 0.11], [period(week), 'openai/gpt', 0.2, 0.1 + 0.004 * week]]),
    },
  ],
  concentration: () => [
    {
      id: 'concentration',
      title: 'Concentration among open models',
      columns: [column('period', 'Beginning', 'time'), column('top_share', 'Its share', 'share'), column('top_two_share', 'Share of both', 'share'), column('hhi', 'Herfindahl-Hirschman index', 'ratio')],
      rows: [...Array(WEEKS).keys()].map((week) => [period(week), 0.3 - week * 0.01, 0.52 - week * 0.012, 0.18 - week * 0.005]),
    },
  ],
  cost: () => [
    {
      id: 'cost',
      title: 'What tokens cost',
      columns: [column('period', 'Beginning', 'time'), column('paid', 'Paid for a million tokens', 'dollars_per_million_tokens'), column('uncached', 'Without caches', 'dollars_per_million_tokens'), column('cache_share', 'Prompt tokens from a cache', 'share'), column('cache_savings', 'Saved by caches', 'dollars'), column('off_peak_savings', 'Saved by off-peak hours', 'dollars')],
      rows: [...Array(WEEKS).keys()].map((week) => [period(week), 0.62 - week * 0.02, 0.8 - week * 0.02, 0.4 + week * 0.01, 120 + week, 30]),
    },
  ],
  elasticity: () => [
    {
      id: 'endpoints',
      title: 'Price against use',
      columns: [column('endpoint', 'Endpoint', 'text'), column('price', 'Paid for a million tokens', 'dollars_per_million_tokens'), column('tokens', 'Tokens', 'tokens')],
      rows: [['a:x/y', 0.05, 9e11], ['b:x/y', 0.3, 4e11], ['c:x/z', 2.5, 8e10], ['local:x/y', 0, 1e9]],
    },
    { id: 'fit', title: 'Line of least squares', columns: [column('elasticity', 'Elasticity', 'ratio')], rows: [[-0.6]] },
  ],
  pulls: () => [
    {
      id: 'cumulative',
      title: 'Pulls since the first',
      columns: [column('period', 'Beginning', 'time'), column('group', 'Country', 'text'), column('amount', 'Pulls', 'pulls'), column('cumulative', 'Since the first', 'pulls')],
      rows: [...Array(WEEKS).keys()].flatMap((week) => [[period(week), 'CN', 9_000_000, 440_000_000 + week * 10_000_000], [period(week), 'US', 5_000_000, 420_000_000 + week * 5_000_000]]),
    },
  ],
  operations: () => [
    {
      id: 'endpoints',
      title: 'Endpoints',
      columns: [column('endpoint', 'Endpoint', 'text'), column('requests', 'Requests', 'requests'), column('failed', 'Failed', 'share'), column('uptime', 'Uptime', 'share'), column('first_token_p50', 'First token, median', 'milliseconds')],
      rows: [['deepseek:deepseek/v4', 8_000, 0.004, 0.981, 640.511], ['a-provider-with-a-long-name:a-lab/a-model-with-a-long-name-and-more-behind-it', 12, null, null, null]],
    },
    {
      id: 'over_time',
      title: 'Over time',
      columns: [column('period', 'Beginning', 'time'), column('failed', 'Failed', 'share'), column('fallbacks', 'Answered after another failed', 'share'), ...['first_token', 'first_token_p50', 'first_token_p99', 'overhead_p50', 'overhead_p99'].map((id) => column(id, id, 'milliseconds'))],
      rows: [[period(0), 0.004, 0.011, 702.1, 640.511, 5120.2, 0.181019, 1.448155], [period(1), 0.003, 0.009, 690.4, 640.511, 4305.5, 0.215269, 1.722156]],
    },
    {
      id: 'errors',
      title: 'What attempts failed with',
      columns: [column('period', 'Beginning', 'time'), column('group', 'Outcome', 'text'), column('amount', 'Attempts', 'count'), column('share', 'Share of all attempts', 'share')],
      rows: [0, 1].flatMap((week) => [['rate_limited', 40], ['server_error', 20], ['first_token_timeout', 4]].map(([outcome, count]) => [period(week), outcome, count, count / 2000])),
    },
    { id: 'outcomes', title: 'How attempts ended', columns: [column('endpoint', 'Endpoint', 'text'), column('outcome', 'Outcome', 'text'), column('count', 'Attempts', 'count')], rows: [['deepseek:deepseek/v4', 'rate_limited', 80]] },
    { id: 'told_costs', title: 'What providers say that they cost', columns: [column('endpoint', 'Endpoint', 'text'), column('cost', 'By our prices', 'dollars')], rows: [] },
  ],
  refusals: () => [
    {
      id: 'refused',
      title: 'Refused requests',
      columns: [column('period', 'Beginning', 'time'), column('group', 'Reason', 'text'), column('amount', 'Refused', 'requests'), column('share', 'Share of all requests', 'share')],
      rows: [0, 1].flatMap((week) => [['budget', 300 + week], ['unknown_key', 60]].map(([reason, count]) => [period(week), reason, count, count / 12_000])),
    },
    {
      id: 'refused_keys',
      title: 'Who was refused',
      columns: [column('key', 'Key', 'text'), column('reason', 'Reason', 'text'), column('status', 'Status', 'text'), column('amount', 'Refused', 'requests'), column('last', 'Last in the hour from', 'time')],
      rows: [['k-editor', 'budget', '402', 601, '2025-09-16T14:00Z'], ['', 'unknown_key', '401', 120, '2025-09-16T11:00Z']],
    },
  ],
};

const NOTES = [
  { id: 'as-then', text: 'Models, labs and providers are counted as what the catalogue said of them in each hour.', values: {} },
  { id: 'coverage', text: 'Of 12000 requests, 97.5 % have counts from the endpoint itself; the others’ are estimated, partial or missing.', values: { requests: 12_000, share: 0.975 } },
];

let keys;
let budgets;
let made = 0;

export function resetGateway() {
  keys = [
    { hash: 'k-editor', name: 'editor', account: 'team', scopes: ['inference', 'usage'], disabled: false, declared: false, limit: 20, limit_remaining: 12.5, limit_reset: 'monthly', usage: 61.25, usage_monthly: 7.5, expires_at: null },
    { hash: 'k-file', name: 'from the file', account: 'team', scopes: ['inference'], disabled: false, declared: true, limit: null, limit_remaining: null, limit_reset: null, usage: 3.000000001, usage_monthly: 1, expires_at: null },
  ];
  budgets = [{ id: 'team-month', owner_kind: 'account', owner: 'team', period: 'month', limit: 100, spent: 82, reserved: 0.5 }];
}
resetGateway();

/** Answers what is a gateway's: calls `answer(status, value)` or `file(type, text)` and gives true, or gives false. */
export function gateway(method, url, body, scopes, answer, file) {
  const path = url.pathname;
  const asked = url.searchParams;
  const refuse = (status, message) => answer(status, { error: { message } });
  const admin = scopes.includes('admin');
  const known = (id) => keys.find((key) => key.hash === id);
  if (path === '/v1/key') return answer(200, { data: { label: 'mine', scopes } });
  if (path === '/v1/analytics/charts') {
    return answer(200, { data: Object.keys(TITLES).filter((id) => admin || !EVERYBODYS.includes(id)).map((id) => ({ id, title: TITLES[id] })), costs: scopes.includes('usage') });
  }
  const chart = /^\/v1\/analytics\/charts\/([a-z-]+)$/.exec(path)?.[1];
  if (chart !== undefined) {
    if (!(chart in TABLES)) return refuse(404, `there is no chart '${chart}'`);
    if (asked.get('measure') === 'cost' && !scopes.includes('usage')) return refuse(403, "money is shown to keys with the scope 'usage'");
    if (asked.get('from') !== null && asked.get('to') !== null && asked.get('from') >= asked.get('to')) return refuse(400, 'the time: expected a beginning before the end, and after 1970');
    const early = (asked.get('to') ?? '9') < '2025'; // before there was anything
    const tables = TABLES[chart](asked.get('measure') ?? 'tokens').map((table) => (early ? { ...table, rows: [] } : table));
    if (asked.get('format') === 'csv') {
      const table = tables.find((one) => one.id === asked.get('table')) ?? tables[0];
      return file('text/csv', [table.columns.map((one) => one.id), ...table.rows].map((row) => row.join(',')).join('\r\n'));
    }
    return answer(200, { id: chart, title: TITLES[chart], tables, notes: NOTES });
  }
  if (path === '/v1/analytics/reconciliation') {
    if (!admin) return refuse(403, "this needs a key with the scope 'admin'");
    if (method === 'GET') return answer(200, { data: { providers: ['deepseek', 'together'], columns: { date: ['date', 'day'], model: ['model'], token_class: ['token_type'], tokens: ['tokens'], cost: ['cost'] }, classes: ['input', 'output'], most_bytes: 4096, most_days: 366 } });
    return reconciliation(String(body), asked, answer, file);
  }
  if (path === '/v1/analytics/workload') {
    const tokens = Number(asked.get('prompt')) - 0.9 * Number(asked.get('cached')) + 4 * Number(asked.get('output'));
    const rows = [['deepseek:deepseek/v4', 'deepseek/v4', 'deepseek', true, 0.15], ['openai:openai/gpt', 'openai/gpt', 'openai', true, 1.25]]
      .filter((row) => asked.get('open') !== 'true' || row[2] !== 'openai')
      .map(([endpoint, model, provider, fits, price]) => [endpoint, model, provider, fits, (tokens * price * Number(asked.get('requests'))) / 1e6]);
    return answer(200, {
      id: 'workload',
      title: 'Price of a workload',
      tables: [{ id: 'workload', title: 'Price of a workload', columns: [column('endpoint', 'Endpoint', 'text'), column('model', 'Model', 'text'), column('provider', 'Provider', 'text'), column('fits', 'Whether a request fits its context', 'flag'), column('now', 'All requests now', 'dollars')], rows }],
      notes: [{ id: 'workload', text: 'Prices are the catalogue’s.', values: {} }],
    });
  }
  if (!/^\/v1\/(keys|budgets|accounts)/.test(path)) return false;
  if (!admin) return refuse(403, "this needs a key with the scope 'admin'");
  if (path === '/v1/accounts') return answer(200, { data: [{ id: 'team', name: 'Team' }] });
  if (path === '/v1/keys' && method === 'GET') return answer(200, { data: keys });
  if (path === '/v1/keys' && method === 'POST') {
    const key = { hash: `k-${++made}`, name: body.name, account: body.account ?? 'team', scopes: body.scopes, disabled: false, declared: false, limit: body.limit, limit_remaining: body.limit, limit_reset: body.limit_reset, usage: 0, usage_monthly: 0, expires_at: body.expires_at ?? null };
    keys.push(key);
    return answer(201, { data: key, key: `sk-mock-secret-${made}` });
  }
  const [, id, turn] = /^\/v1\/keys\/([^/]+)(\/rotate)?$/.exec(path) ?? [];
  if (id !== undefined) {
    const key = known(decodeURIComponent(id));
    if (key === undefined) return refuse(404, `there is no key '${id}'`);
    if (turn !== undefined) return answer(200, { data: key, key: `sk-mock-turned-${++made}` });
    if (method === 'DELETE') {
      keys = keys.filter((one) => one !== key);
      return answer(200, { deleted: true });
    }
    if (body.disabled !== undefined) key.disabled = body.disabled;
    if ('limit' in body) Object.assign(key, { limit: body.limit, limit_remaining: body.limit, limit_reset: body.limit_reset });
    return answer(200, { data: key });
  }
  if (path === '/v1/budgets') return answer(200, { data: budgets });
  const budget = decodeURIComponent(/^\/v1\/budgets\/([^/]+)$/.exec(path)?.[1] ?? '');
  budgets = budgets.filter((one) => one.id !== budget);
  if (method === 'PUT') budgets.push({ id: budget, spent: 0, reserved: 0, ...body });
  return answer(200, { deleted: method === 'DELETE' });
}

/** A made-up ledger has 1,000 tokens for 0.5 dollars of whatever a line of the invoice is of. */
function reconciliation(invoice, asked, answer, file) {
  const [head, ...lines] = invoice.trim().split(/\r?\n/);
  if (head !== 'date,model,token_type,tokens,cost') return answer(400, { error: { message: `the invoice:1: found the columns [${head}], expected one for the date: date, day` } });
  const figures = ['invoice_tokens', 'ledger_tokens', 'tokens_difference'].map((id) => column(id, id, 'tokens')).concat(['invoice_cost', 'ledger_cost', 'difference'].map((id) => column(id, id, 'dollars')));
  const of = (tokens, cost, count) => [tokens, 1000 * count, tokens - 1000 * count, cost, 0.5 * count, Number((cost - 0.5 * count).toFixed(9))];
  const read = lines.map((line) => line.split(','));
  const sum = (at) => read.reduce((all, fields) => all + Number(fields[at]), 0);
  const texts = [column('model', 'Model', 'text'), column('token_class', 'Class of tokens', 'text')];
  const tables = [
    { id: 'whole', title: 'Altogether', columns: figures, rows: [of(sum(3), sum(4), read.length)] },
    { id: 'models', title: 'By model and class of tokens', columns: [...texts, ...figures], rows: read.map(([, model, kind, tokens, cost]) => [model, kind, ...of(Number(tokens), Number(cost), 1)]) },
    { id: 'differences', title: 'What differs, by day', columns: [column('day', 'Day', 'time'), ...texts, column('side', 'Who has it', 'text'), ...figures], rows: read.filter((fields) => fields[3] !== '1000').map(([day, model, kind, tokens, cost]) => [day, model, kind, 'both', ...of(Number(tokens), Number(cost), 1)]) },
  ];
  if (asked.get('format') === 'csv') {
    const table = tables.find((one) => one.id === asked.get('table'));
    return file('text/csv', [table.columns.map((one) => one.id), ...table.rows].map((row) => row.join(',')).join('\r\n'));
  }
  return answer(200, { id: 'reconciliation', title: 'An invoice against the ledger', tables, notes: [{ id: 'reconciliation-kept', text: 'The invoice was read and compared, and is not kept.', values: {} }] });
}
