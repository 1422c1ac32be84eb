// The official JavaScript client of Anthropic. Needs the package @anthropic-ai/sdk.
'use strict';

const assert = require('node:assert/strict');
const Anthropic = require('@anthropic-ai/sdk');
const { MODEL, NUMBERS, QUESTION, UNICODE, run } = require('./scenarios.js');

const greedy = { model: MODEL, max_tokens: 200, temperature: 0, messages: [{ role: 'user', content: QUESTION }] };
const add = { name: 'add', description: 'Adds two numbers.', input_schema: NUMBERS };
const calling = { ...greedy, tools: [add], tool_choice: { type: 'any', disable_parallel_tool_use: true } };
const said = (answer) => answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

const whole = (answer, reason = 'end_turn') => {
  assert.equal(answer.type, 'message');
  assert.equal(answer.stop_reason, reason);
  assert.ok(answer.usage.output_tokens > 0);
  return answer;
};

run('anthropic-node', (address) => new Anthropic({ baseURL: address, apiKey: 'none', maxRetries: 0 }), {
  message: async (client) => assert.ok(said(whole(await client.messages.create(greedy)))),

  'message-stream': async (client) => {
    const kinds = [];
    for await (const event of await client.messages.create({ ...greedy, stream: true })) kinds.push(event.type);
    assert.equal(kinds[0], 'message_start');
    assert.equal(kinds.at(-1), 'message_stop');
  },

  // the client's own accumulation of a stream
  'message-helper': async (client) => {
    const stream = client.messages.stream(greedy);
    let text = '';
    stream.on('text', (piece) => (text += piece));
    const answer = await stream.finalMessage();
    assert.ok(text);
    assert.equal(text, said(whole(answer)));
  },

  'tools-helper': async (client) => {
    const answer = whole(await client.messages.stream(calling).finalMessage(), 'tool_use');
    assert.deepEqual(Object.keys(answer.content.at(-1).input).sort(), ['a', 'b']);
  },

  parse: async (client) => {
    const answer = await client.messages.parse({
      ...greedy,
      output_config: { format: { type: 'json_schema', schema: NUMBERS } },
    });
    assert.deepEqual(Object.keys(JSON.parse(said(whole(answer)))).sort(), ['a', 'b']);
  },

  unicode: async (client) => {
    const stream = client.messages.stream({ ...greedy, messages: [{ role: 'user', content: UNICODE }] });
    assert.ok((await stream.finalMessage()).stop_reason);
  },

  'count-tokens': async (client) => {
    const answer = await client.messages.countTokens({ model: MODEL, messages: greedy.messages, tools: [add] });
    assert.ok(answer.input_tokens > 0);
  },

  models: async (client) => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes(MODEL));
  },

  'unknown-model': async (client) => {
    await assert.rejects(client.messages.create({ ...greedy, model: 'no-such-model' }), (error) => {
      assert.ok(error instanceof Anthropic.NotFoundError);
      assert.equal(error.error.error.type, 'not_found_error');
      return true;
    });
  },

  'bad-parameter': async (client) => {
    await assert.rejects(client.messages.create({ ...greedy, max_tokens: 0 }), (error) => {
      assert.ok(error instanceof Anthropic.BadRequestError);
      assert.match(error.message, /max_tokens/);
      return true;
    });
  },
});
