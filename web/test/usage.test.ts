import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartPath, dayAfter, drawnOf, workloadPath, type Table } from '../src/api/analytics.ts';
import { keyOf } from '../src/api/keys.ts';
import { columns, grouped, secondsOf, stacked } from '../src/usage/shape.ts';
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
  assert.deepEqual(series.lines, [
    { name: 'closed', values: [0.7, 0.6] },
    { name: 'cn-open', values: [0.3, null] },
  ]);
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
  assert.equal(viewOf('something-new').kind, 'table');
  assert.equal(new Set(Object.values(SECTIONS).flat()).size, Object.values(SECTIONS).flat().length);
});
