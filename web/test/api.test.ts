import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { deltas, streamReply, type Delta } from '../src/api/chat.ts';
import { ApiError, errorDetail, kindOf } from '../src/api/http.ts';
import { modelsOf } from '../src/api/models.ts';
import { statusOf } from '../src/api/status.ts';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

function answering(body: string | null, status = 200, type = 'text/event-stream'): void {
  globalThis.fetch = async () => new Response(body, { status, headers: { 'Content-Type': type } });
}

async function all(signal = new AbortController().signal): Promise<Delta[]> {
  const found: Delta[] = [];
  for await (const delta of streamReply({ path: '/v1/chat/completions', body: {} }, signal)) found.push(delta);
  return found;
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

test('text, thinking, calls, the reason and the usage', async () => {
  answering(
    chunk({ role: 'assistant', content: '' }) +
      chunk({ reasoning_content: 'hm' }) +
      chunk({ content: 'Hi' }) +
      chunk({ tool_calls: [{ index: 1, id: 'c', function: { name: 'f', arguments: '{' } }] }) +
      chunk({}, 'stop') +
      'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":5}}}\n\n' +
      'data: [DONE]\n\ndata: {"choices":[{"delta":{"content":"never"}}]}\n\n',
  );
  assert.deepEqual(await all(), [
    { kind: 'reasoning', text: 'hm' },
    { kind: 'text', text: 'Hi' },
    { kind: 'tool', index: 1, id: 'c', name: 'f', arguments: '{' },
    { kind: 'finish', reason: 'stop' },
    { kind: 'usage', usage: { promptTokens: 9, cachedTokens: 5, generatedTokens: 4 } },
  ]);
});

test('a server that does not stream', async () => {
  answering('{"choices":[{"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}', 200, 'application/json');
  assert.deepEqual(await all(), [{ kind: 'text', text: 'Hi' }, { kind: 'finish', reason: 'stop' }]);
});

test('the continuation of a text', () => {
  assert.deepEqual(deltas({ choices: [{ index: 0, text: ' upon', finish_reason: 'length' }] }), [
    { kind: 'text', text: ' upon' },
    { kind: 'finish', reason: 'length' },
  ]);
});

test('a stream that breaks off is a failure', async () => {
  answering(chunk({ content: 'Hi' }));
  await assert.rejects(all(), (error: ApiError) => error.kind === 'interrupted');
});

test('an error inside of a stream', async () => {
  answering(`${chunk({ content: 'Hi' })}data: {"error":{"message":"no pages","code":503}}\n\n`);
  await assert.rejects(all(), (error: ApiError) => error.kind === 'busy' && error.detail === 'no pages' && error.status === 503);
});

test('a chunk that is no JSON', async () => {
  answering('data: <html>\n\n');
  await assert.rejects(all(), (error: ApiError) => error.kind === 'unreadable');
});

test('no server at all, and a stop', async () => {
  globalThis.fetch = async () => {
    throw new TypeError('failed');
  };
  await assert.rejects(all(), (error: ApiError) => error.kind === 'offline');
  const abort = new AbortController();
  abort.abort();
  assert.deepEqual(await all(abort.signal), []);
});

test('kinds of failures', () => {
  assert.equal(kindOf(401, ''), 'unauthorized');
  assert.equal(kindOf(403, ''), 'forbidden');
  assert.equal(kindOf(404, ''), 'missing');
  assert.equal(kindOf(400, 'bad temperature'), 'rejected');
  assert.equal(kindOf(400, 'the context length of x is 4,096'), 'too-long');
  assert.equal(kindOf(400, 'the prompt has 8003 tokens and the context holds 1024'), 'too-long');
  assert.equal(kindOf(503, ''), 'busy');
  assert.equal(kindOf(500, ''), 'server');
});

test('the server’s words', () => {
  assert.equal(errorDetail('{"error":{"message":"a"}}'), 'a');
  assert.equal(errorDetail('{"error":"b"}'), 'b');
  assert.equal(errorDetail('{"message":"c"}'), 'c');
  assert.equal(errorDetail('plain'), 'plain');
  assert.equal(errorDetail('<html>…'), '');
  assert.equal(errorDetail('null'), 'null');
});

test('deltas of anything are no error', () => {
  for (const odd of [null, 3, 'x', [], {}, { choices: 1 }, { choices: [null] }, { choices: [{ delta: { content: 3, tool_calls: [null, {}] } }] }, { usage: [] }]) {
    assert.ok(Array.isArray(deltas(odd)));
  }
});

test('models of Jerboa, of others, and of nothing sensible', () => {
  const [mine, bare] = modelsOf({
    data: [
      { id: 'a', jerboa: { state: 'ready', context_length: 4096, parameters: 1e6, type: 'q8_0', reasoning: true, tools: false, chat: true, name: 'Jerboa Inside' } },
      { id: 'b', object: 'model', max_model_len: 100 },
      { id: 'a' },
      { name: '' },
      7,
    ],
  });
  assert.deepEqual(mine, { id: 'a', state: 'ready', contextLength: 4096, parameters: 1e6, type: 'q8_0', reasoning: true, tools: false, chat: true, inside: true, jerboa: true });
  assert.deepEqual(bare, { id: 'b', state: null, contextLength: 100, parameters: null, type: null, reasoning: null, tools: null, chat: null, inside: false, jerboa: false });
  assert.equal(modelsOf({ data: [{ id: 'a', jerboa: { state: 'odd' } }] })[0]!.state, null);
  assert.deepEqual(modelsOf(null), []);
  assert.deepEqual(modelsOf({ data: 'x' }), []);
});

test('a status of nothing is a status', () => {
  const empty = statusOf({}, 5);
  assert.equal(empty.time, 5);
  assert.deepEqual(empty.models, []);
  assert.equal(statusOf({ models: [{ id: 'm', adapters: ['a', { id: 'b' }, 3] }] }, 5).models[0]!.adapters.join(), 'a,b');
});
