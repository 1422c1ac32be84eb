// The official JavaScript client of Ollama. Needs the package ollama.
'use strict';

const assert = require('node:assert/strict');
const { Ollama } = require('ollama');
const { MODEL, NUMBERS, QUESTION, UNICODE, run } = require('./scenarios.js');

const messages = [{ role: 'system', content: 'Be right.' }, { role: 'user', content: QUESTION }];
const greedy = { model: MODEL, messages, options: { temperature: 0, num_predict: 200 } };
const sampled = { model: MODEL, messages, options: { temperature: 1, seed: 11, num_predict: 24 } };
const generated = { model: MODEL, prompt: QUESTION, system: 'Be right.', options: { temperature: 0, num_predict: 200 } };
const add = { type: 'function', function: { name: 'add', description: 'Adds two numbers.', parameters: NUMBERS } };

const ended = (answer, reason = 'stop') => {
  assert.equal(answer.done, true);
  assert.equal(answer.done_reason, reason);
  assert.ok(answer.prompt_eval_count > 0 && answer.eval_count > 0);
  assert.ok(answer.total_duration >= answer.prompt_eval_duration);
  return answer;
};

/** The pieces of a stream, of which only the last is done. */
const pieces = async (stream) => {
  const all = [];
  for await (const piece of await stream) all.push(piece);
  all.slice(0, -1).forEach((piece) => assert.equal(piece.done, false));
  ended(all.at(-1), all.at(-1).done_reason);
  return all;
};
const said = (all) => all.map((piece) => piece.message?.content ?? piece.response).join('');
const numbers = (text) => assert.deepEqual(Object.keys(JSON.parse(text)).sort(), ['a', 'b']);

run('ollama-node', (address) => new Ollama({ host: address }), {
  chat: async (client) => assert.ok(ended(await client.chat(greedy)).message.content),

  'chat-stream': async (client) => assert.ok(said(await pieces(client.chat({ ...greedy, stream: true })))),

  seed: async (client) => assert.equal((await client.chat(sampled)).message.role, 'assistant'),

  'seed-stream': async (client) => assert.ok(await pieces(client.chat({ ...sampled, stream: true }))),

  think: async (client) => assert.ok(ended(await client.chat({ ...greedy, think: true })).message.thinking),

  'think-stream': async (client) => {
    const all = await pieces(client.chat({ ...greedy, think: true, stream: true }));
    assert.ok(all.some((piece) => piece.message.thinking));
  },

  // a model whose template has no switch thinks all the same
  'think-not': async (client) => assert.ok(ended(await client.chat({ ...greedy, think: false })).message.content),

  format: async (client) => numbers(ended(await client.chat({ ...greedy, format: NUMBERS })).message.content),

  'format-stream': async (client) =>
    numbers(said(await pieces(client.chat({ ...greedy, format: NUMBERS, stream: true })))),

  // a model that was not taught JSON may go on to the end
  'format-json': async (client) => {
    const answer = await client.chat({ ...greedy, format: 'json' });
    if (answer.done_reason === 'stop') JSON.parse(answer.message.content);
    else assert.match(answer.message.content, /^\s*[[{"\-\dtfn]/);
  },

  // nothing can require a call, so there may be none, and the model may go on to the end
  tools: async (client) => {
    const answer = await client.chat({ ...greedy, tools: [add] });
    ended(answer, answer.done_reason);
    (answer.message.tool_calls ?? []).forEach((call) => assert.equal(typeof call.function.arguments, 'object'));
  },

  'tools-stream': async (client) => assert.ok(await pieces(client.chat({ ...greedy, tools: [add], stream: true }))),

  'tool-result': async (client) => {
    const calls = [{ function: { name: 'add', arguments: { a: 12, b: 30 } } }];
    const said = [
      ...messages,
      { role: 'assistant', content: '', tool_calls: calls },
      { role: 'tool', tool_name: 'add', content: '42' },
    ];
    ended(await client.chat({ ...greedy, messages: said, tools: [add] }));
  },

  generate: async (client) => assert.ok(ended(await client.generate(generated)).response),

  'generate-stream': async (client) => assert.ok(said(await pieces(client.generate({ ...generated, stream: true })))),

  raw: async (client) => {
    const options = { temperature: 0, num_predict: 6, stop: ['\n'], num_ctx: 512, repeat_penalty: 1.1, top_k: 20 };
    const answer = await client.generate({ model: MODEL, prompt: '12 + 30 =', raw: true, keep_alive: '5m', options });
    ended(answer, answer.done_reason);
  },

  unicode: async (client) => {
    const answer = await client.chat({ ...greedy, messages: [{ role: 'user', content: UNICODE }] });
    assert.equal(answer.done, true);
  },

  'unicode-stream': async (client) =>
    assert.ok(await pieces(client.chat({ ...greedy, messages: [{ role: 'user', content: UNICODE }], stream: true }))),

  list: async (client) => {
    const { models } = await client.list();
    assert.ok(models.map((model) => model.name).includes(`${MODEL}:latest`));
    assert.ok(models[0].details.parameter_size);
  },

  show: async (client) => {
    const answer = await client.show({ model: `${MODEL}:latest` });
    assert.ok(answer.capabilities.includes('completion') && answer.details.family);
  },

  ps: async (client) => assert.ok((await client.ps()).models[0].name),

  version: async (client) => assert.match((await client.version()).version, /^\d+\.\d+\.\d+$/),

  embed: async (client) => {
    const answer = await client.embed({ model: MODEL, input: ['What is 2 + 3?', 'Sort 9, 1.'], truncate: true });
    assert.equal(answer.embeddings.length, 2);
    assert.ok(Math.abs(answer.embeddings[0].reduce((sum, x) => sum + x * x, 0) - 1) < 1e-4);
    assert.ok(answer.prompt_eval_count > 0);
  },

  embeddings: async (client) => {
    const answer = await client.embeddings({ model: MODEL, prompt: QUESTION });
    assert.ok(answer.embedding.length > 0);
  },

  'unknown-model': async (client) => {
    await assert.rejects(client.chat({ ...greedy, model: 'no-such-model' }), (error) => {
      assert.equal(error.name, 'ResponseError');
      assert.equal(error.status_code, 404);
      assert.match(error.message, /no-such-model/);
      return true;
    });
  },

  'unknown-model-stream': async (client) => {
    await assert.rejects(client.chat({ ...greedy, model: 'no-such-model', stream: true }), (error) => {
      assert.match(error.message, /no-such-model/);
      return true;
    });
  },

  'bad-parameter': async (client) => {
    await assert.rejects(client.chat({ ...greedy, options: { temperature: 7 } }), (error) => {
      assert.match(error.message, /temperature/);
      return true;
    });
  },
});
