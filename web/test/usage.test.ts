import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartPath, dayAfter, drawnOf, workloadPath, type Table } from '../src/api/analytics.ts';
import { keyOf } from '../src/api/keys.ts';
import { keyed, readable, scaled, whole } from '../src/usage/figures.ts';
import { cohorts, columns, COLOURS, grouped, latest, lookOf, modelsOf, pairs, secondsOf, stacked } from '../src/usage/shape.ts';
import { spanOf } from '../src/usage/spans.ts';
import { SECTIONS, viewOf } from '../src/usage/views.ts';

const table: Table = {
  id: 'shares',
  title: 'Shares',
  columns: [
    { id: 'period', title: 'Beginning', unit: 'time' },
    { id: 'group', title: 'Group', unit: 'text' },
    { id: 'share', title: 'Share', unit: 'share' },
  ],
  rows: [
    ['2025-01-06', 'closed', 0.7],
    ['2025-01-06', 'cn-open', 0.3],
    ['2025-01-13', 'closed', 0.6],
    ['2025-01-13', 'cn-open', null],
  ],
};

test('rows by period and group become a line for each group', () => {
  const series = grouped(table, 'share');
  assert.deepEqual(series.periods, ['2025-01-06', '2025-01-13']);
  assert.deepEqual(
    series.lines.map(({ name, values }) => ({ name, values })),
    [
      { name: 'closed', values: [0.7, 0.6] },
      { name: 'cn-open', values: [0.3, null] },
    ],
  );
  assert.deepEqual(stacked(series), [[0.7, 0.6], [1, 0.6]]);
  assert.deepEqual(columns(table, ['share', 'none']).lines.map((line) => line.name), ['share']);
});

test('periods begin by the calendar of UTC', () => {
  assert.equal(secondsOf('2025-01-06'), 1_736_121_600);
  assert.equal(secondsOf('2025-01-06T13:00Z'), 1_736_168_400);
  assert.equal(dayAfter('2024-12-31'), '2025-01-01');
});

test('the last day that is asked for counts', () => {
  const path = chartPath('open-closed', { from: '2024-11-04', to: '2025-11-30', bucket: 'week', measure: 'bytes', view: 'now', open: true, top: 5 }, { format: 'csv' });
  const asked = new URL(path, 'http://x').searchParams;
  assert.equal(asked.get('to'), '2025-12-01');
  assert.equal(asked.get('open'), 'true');
  assert.equal(asked.get('format'), 'csv');
  assert.equal(new URL(workloadPath({ requests: 3, prompt: 10, cached: 5, output: 1, reasoning: 0, open: false }), 'http://x').searchParams.get('open'), null);
});

test('what is no drawing becomes an empty one, and rows that do not fit their columns are left out', () => {
  assert.deepEqual(drawnOf(null), { id: '', title: '', tables: [], notes: [] });
  const drawn = drawnOf({ id: 'x', tables: [{ id: 't', columns: [{ id: 'a' }], rows: [[1], [1, 2], 'no', [{ b: 1 }]] }], notes: [{ id: 'n', text: 'N', values: { share: 0.5 } }, 3] });
  assert.deepEqual(drawn.tables[0]!.rows, [[1], [null]]);
  assert.equal(drawn.notes.length, 1);
});

test('a key as the server says it', () => {
  const key = keyOf({ hash: 'k', name: 'n', limit: 5, limit_remaining: 2, limit_reset: 'odd', scopes: ['usage', 3], usage: 'no' });
  assert.equal(key.reset, null);
  assert.equal(key.usage, 0);
  assert.deepEqual(key.scopes, ['usage']);
});

test('every chart of a section has a view of its own, and unknown ones are tables', () => {
  assert.deepEqual(viewOf('something-new').pictures, []);
  for (const chart of Object.values(SECTIONS).flat()) {
    const ids = viewOf(chart).pictures.map((picture) => picture.id);
    assert.ok(ids.length > 0, `${chart} has no drawing`);
    assert.equal(new Set(ids).size, ids.length, chart);
  }
  assert.equal(new Set(Object.values(SECTIONS).flat()).size, Object.values(SECTIONS).flat().length);
});

test('no two lines look the same, and a band of openness looks the same whichever is the largest', () => {
  const looks = [...Array(20).keys()].map((place) => lookOf(`model-${place}`, place));
  assert.equal(new Set(looks.map((look) => `${look.colour} ${look.dash}`)).size, 20);
  assert.ok(looks.every((look) => look.colour < COLOURS));
  assert.deepEqual(lookOf('closed', 2), lookOf('closed', 0));
  assert.notEqual(lookOf('cn-open', 0).colour, lookOf('other-open', 0).colour);
  assert.equal(lookOf('(other)', 3).colour, COLOURS);
});

test('two columns of a group become a whole and a dashed line of one colour', () => {
  const world: Table = {
    id: 'world',
    title: '',
    columns: ['period', 'group', 'share', 'world_share'].map((id) => ({ id, title: id, unit: 'share' })),
    rows: ['a', 'b', 'c', 'd', 'e'].map((group, i) => ['2025-01-06', group, i / 10, i / 20]),
  };
  const lines = pairs(world, ['share', 'world_share']).lines;
  assert.equal(lines.length, 8); // of four groups
  assert.deepEqual(lines.slice(2, 4).map((line) => [line.name, line.values, line.look.dash]), [['b', [0.1], 0], ['b', [0.05], 1]]);
  assert.equal(lines[2]!.look.colour, lines[3]!.look.colour);
});

test('of periods of one budget the last is drawn', () => {
  const budgets: Table = { id: 'b', title: '', columns: ['period', 'budget', 'spent'].map((id) => ({ id, title: id, unit: 'text' })), rows: [['1', 'x', 1], ['1', 'y', 2], ['2', 'x', 3]] };
  assert.deepEqual(latest(budgets, 'budget').rows, [['2', 'x', 3], ['1', 'y', 2]]);
});

test('cohorts of a model become rows with a share for each age', () => {
  const kept: Table = {
    id: 'retention',
    title: '',
    columns: ['model', 'cohort', 'age', 'keys', 'active', 'share'].map((id) => ({ id, title: id, unit: 'text' })),
    rows: [['m', '2025-01-06', 0, 4, 4, 1], ['m', '2025-01-06', 1, 4, 2, 0.5], ['m', '2025-01-13', 0, 1, 1, 1], ['n', '2025-01-06', 0, 9, 9, 1]],
  };
  assert.deepEqual(modelsOf(kept), ['n', 'm']); // nine keys, and five
  assert.deepEqual(cohorts(kept, 'm'), { ages: 2, rows: [{ cohort: '2025-01-06', keys: 4, shares: [1, 0.5] }, { cohort: '2025-01-13', keys: 1, shares: [1] }] });
});

test('figures have as many digits as say something, and all of them where they are asked for', () => {
  const written = (value: number, options: Intl.NumberFormatOptions): string => new Intl.NumberFormat('en', options).format(value);
  const read = (value: number, unit: string): string => written(value, readable(value, unit));
  assert.equal(read(266_421.784966675, 'dollars'), '$266,421.78');
  assert.equal(written(266_421.784966675, whole('dollars')), '$266,421.784966675');
  assert.equal(read(0.000123456789, 'dollars'), '$0.000123457');
  assert.equal(read(3.000000001, 'dollars'), '$3.00');
  assert.equal(read(1.628327, 'dollars_per_million_tokens'), '$1.62833');
  assert.equal(read(0, 'dollars'), '$0.00');
  assert.equal(read(1143.480236, 'milliseconds'), '1,143');
  assert.equal(read(0.181019, 'milliseconds'), '0.181');
  assert.equal(read(4421.307102, 'ratio'), '4,421.31');
  assert.equal(read(0.143481, 'share'), '14.3481%');
  assert.equal(written(0.143481, keyed(0.143481, 'share')), '14.35%');
  assert.deepEqual([0, 0.00005, 0.000125].map((value) => written(value, scaled(value, 'share'))), ['0%', '0.005%', '0.0125%']);
});

test('usual times end today, and have periods that fit', () => {
  const now = new Date('2026-03-01T23:30:00Z');
  assert.deepEqual(spanOf('week', now), { from: '2026-02-23', to: '2026-03-01', bucket: 'day' });
  assert.deepEqual(spanOf('day', now), { from: '2026-02-28', to: '2026-03-01', bucket: 'hour' });
  assert.deepEqual(spanOf('weeks', now), { from: '', to: '', bucket: 'week' });
});
