import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, newId, userMessage, type Message } from '../src/chat/message.ts';
import { Reply } from '../src/chat/reply.ts';
import { requestBody, requestFor } from '../src/chat/request.ts';
import { DEFAULTS, figure, jsonFault, settingsOf, withPreset } from '../src/chat/settings.ts';

const PLAIN = { model: 'm', jerboa: false, chat: true };

test('an answer grows, and its figures are of the tokens after the first', () => {
  const reply = new Reply(answer('c', 0, null, 'm'), 1000);
  reply.take({ kind: 'reasoning', text: 'so' }, 1500);
  reply.take({ kind: 'text', text: 'A' }, 1700);
  reply.take({ kind: 'text', text: 'B' }, 2500);
  const now = reply.snapshot('streaming', 2500);
  assert.equal(now.text, 'AB');
  assert.equal(now.figures, null);
  assert.equal(now.reasoningMillis, 200);
  reply.take({ kind: 'finish', reason: 'stop' }, 2600);
  reply.take({ kind: 'usage', usage: { promptTokens: 50, cachedTokens: 30, generatedTokens: 11 } }, 2600);
  const done = reply.snapshot('done', 2600);
  assert.deepEqual(done.figures, {
    promptTokens: 50,
    cachedTokens: 30,
    generatedTokens: 11,
    counted: 'server',
    firstTokenMillis: 500,
    totalMillis: 1600,
    tokensPerSecond: 10,
  });
  assert.equal(done.finish, 'stop');
});

test('without a usage chunks are counted, and said to be', () => {
  const reply = new Reply(answer('c', 0, null, 'm'), 0);
  reply.take({ kind: 'text', text: 'A' }, 100);
  reply.take({ kind: 'text', text: 'B' }, 600);
  const { figures } = reply.snapshot('stopped', 700);
  assert.equal(figures!.counted, 'chunks');
  assert.equal(figures!.generatedTokens, 2);
  assert.equal(figures!.tokensPerSecond, 2);
});

test('tool calls grow piece by piece, and an index out of bounds is left out', () => {
  const reply = new Reply(answer('c', 0, null, 'm'), 0);
  const tool = (index: number, id: string, name: string, args: string) => reply.take({ kind: 'tool', index, id, name, arguments: args }, 1);
  tool(0, 'x', 'look', '');
  tool(1, 'y', 'find', '{');
  tool(0, '', '', '{"a"');
  tool(0, '', '', ':1}');
  tool(9999, 'z', 'bad', '');
  assert.deepEqual(reply.snapshot('done', 2).toolCalls, [
    { id: 'x', name: 'look', arguments: '{"a":1}' },
    { id: 'y', name: 'find', arguments: '{' },
  ]);
});

test('an answer that is continued begins with what it had', () => {
  const begun = { ...answer('c', 0, null, 'm'), text: 'Once' };
  const reply = new Reply(begun, 0);
  reply.take({ kind: 'text', text: ' more' }, 5);
  assert.equal(reply.snapshot('done', 6).text, 'Once more');
});

const branch: Message[] = [
  userMessage('c', 0, null, 'one'),
  { ...answer('c', 0, null, 'm'), state: 'failed', text: '' },
  userMessage('c', 0, null, 'two'),
  { ...answer('c', 0, null, 'm'), state: 'done', text: 'said', reasoning: 'secret' },
];

test('a request has only what was chosen, and roles that alternate', () => {
  assert.deepEqual(requestBody(PLAIN, DEFAULTS, branch, false), {
    model: 'm',
    messages: [
      { role: 'user', content: 'one\n\ntwo' },
      { role: 'assistant', content: 'said' },
    ],
    stream: true,
    stream_options: { include_usage: true },
  });
});

test('settings become fields', () => {
  const body = requestBody(
    { model: null, jerboa: true, chat: true },
    {
      ...DEFAULTS,
      system: 'Be brief.',
      temperature: 0,
      topP: 0.9,
      topK: 40,
      minP: 0.1,
      repetitionPenalty: 1.1,
      maxTokens: 10,
      seed: 7,
      reasoning: 'none',
      format: 'schema',
      schema: '{"type":"object"}',
      tools: '[{"type":"function"}]',
    },
    branch,
    true,
  );
  assert.equal('model' in body, false);
  assert.deepEqual((body['messages'] as object[])[0], { role: 'system', content: 'Be brief.' });
  assert.equal(body['temperature'], 0);
  assert.equal(body['top_p'], 0.9);
  assert.equal(body['top_k'], 40);
  assert.equal(body['min_p'], 0.1);
  assert.equal(body['repetition_penalty'], 1.1);
  assert.equal(body['max_tokens'], 10);
  assert.equal(body['seed'], 7);
  assert.equal(body['reasoning_effort'], 'none');
  assert.equal(body['continue_final_message'], true);
  assert.equal(body['add_generation_prompt'], false);
  assert.deepEqual(body['tools'], [{ type: 'function' }]);
  assert.deepEqual(body['response_format'], { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } });
});

test('a model without a chat template continues the texts as they stand', () => {
  assert.deepEqual(requestFor({ model: 'm', jerboa: true, chat: false }, { ...DEFAULTS, seed: 7, reasoning: 'high', tools: '[]' }, branch, false), {
    path: '/v1/completions',
    body: { model: 'm', stream: true, stream_options: { include_usage: true }, seed: 7, prompt: 'onetwosaid', max_tokens: 256 },
  });
  assert.equal(requestFor(PLAIN, DEFAULTS, branch, false).path, '/v1/chat/completions');
});

test('JSON that cannot be read is not sent', () => {
  const body = requestBody(PLAIN, { ...DEFAULTS, format: 'schema', schema: '{', tools: '{}' }, branch, true);
  assert.equal('response_format' in body, false);
  assert.equal('tools' in body, false);
  assert.equal('continue_final_message' in body, false);
});

test('figures are in range or not taken', () => {
  assert.equal(figure('temperature', '0,7'), 0.7);
  assert.equal(figure('temperature', ' '), null);
  assert.equal(figure('temperature', '2.1'), undefined);
  assert.equal(figure('topK', '1.5'), undefined);
  assert.equal(figure('seed', 'x'), undefined);
  assert.equal(jsonFault('', 'array'), null);
  assert.equal(jsonFault('{}', 'array'), 'array');
  assert.ok(jsonFault('{', 'object'));
});

test('presets set the sampling and nothing else', () => {
  const kept = { ...DEFAULTS, system: 's', seed: 3 };
  const precise = withPreset(kept, 'precise', []);
  assert.equal(precise.temperature, 0.2);
  assert.equal(precise.system, 's');
  assert.equal(precise.seed, 3);
  assert.equal(withPreset(kept, 'mine', [{ name: 'mine', temperature: 1.5, topP: null, topK: null, minP: null, repetitionPenalty: null }]).temperature, 1.5);
  assert.equal(withPreset(kept, 'nobody', []), kept);
});

test('settings out of anything are settings', () => {
  assert.deepEqual(settingsOf(null), DEFAULTS);
  const odd = settingsOf({ temperature: 99, topK: '3', reasoning: 'x', system: 4, preset: 'p', seed: 5 });
  assert.equal(odd.temperature, null);
  assert.equal(odd.topK, null);
  assert.equal(odd.reasoning, 'default');
  assert.equal(odd.system, '');
  assert.equal(odd.seed, 5);
});

test('ids are new', () => {
  const ids = new Set(Array.from({ length: 2000 }, newId));
  assert.equal(ids.size, 2000);
  for (const id of ids) assert.match(id, /^[0-9a-z]{24}$/);
});
