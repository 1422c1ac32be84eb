import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusOf, type Status } from '../src/api/status.ts';
import { added, KEPT, sample } from '../src/server/samples.ts';

function at(seconds: number, prompt: number, cached: number, generated: number): Status {
  return statusOf(
    {
      time: new Date(seconds * 1000).toISOString(),
      models: [
        { id: 'a', running: 2, waiting: 1, prompt_tokens_total: prompt, cached_tokens_total: cached, generated_tokens_total: generated },
        { id: 'b', running: 1, waiting: 0, prompt_tokens_total: 100, cached_tokens_total: 0, generated_tokens_total: 50 },
      ],
      memory: { heap_bytes: 5 },
    },
    0,
  );
}

test('speeds are differences of counters over the server’s own time', () => {
  const one = sample(at(10, 100, 50, 1000), at(12, 300, 150, 1100));
  assert.equal(one.promptSpeed, 100);
  assert.equal(one.generatedSpeed, 50);
  assert.equal(one.cacheShare, 0.5);
  assert.equal(one.running, 3);
  assert.equal(one.heap, 5);
  assert.equal(one.native, null);
});

test('no speed without a reading before, after a restart, or after a long pause', () => {
  assert.equal(sample(null, at(10, 1, 1, 1)).promptSpeed, null);
  assert.equal(sample(at(10, 100, 0, 100), at(11, 0, 0, 0)).generatedSpeed, null);
  assert.equal(sample(at(10, 0, 0, 0), at(100, 9, 0, 9)).generatedSpeed, null);
  assert.equal(sample(at(10, 5, 0, 0), at(11, 5, 0, 9)).cacheShare, null);
});

test('only so many readings are kept', () => {
  let samples = [sample(null, at(0, 0, 0, 0))];
  for (let i = 1; i < KEPT + 50; i++) samples = added(samples, sample(null, at(i, 0, 0, 0)));
  assert.equal(samples.length, KEPT);
  assert.equal(samples[0]!.time, 50_000);
});
