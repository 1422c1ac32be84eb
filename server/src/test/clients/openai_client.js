// The official JavaScript client of OpenAI. Needs the package openai.
'use strict';

const assert = require('node:assert/strict');
const OpenAI = require('openai');
const { MODEL, NUMBERS, QUESTION, UNICODE, run } = require('./scenarios.js');

const asked = [{ role: 'system', content: 'Be right.' }, { role: 'user', content: QUESTION }];
const greedy = { model: MODEL, messages: asked, temperature: 0, max_completion_tokens: 200 };
const add = { type: 'function', function: { name: 'add', strict: true, parameters: NUMBERS } };
const calling = { ...greedy, tools: [add], tool_choice: 'required', parallel_tool_calls: false };
const form = { type: 'json_schema', json_schema: { name: 'numbers', strict: true, schema: NUMBERS } };
const response = { model: MODEL, input: QUESTION, temperature: 0, max_output_tokens: 200 };

const counted = (usage) => {
  assert.ok(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
};
const numbers = (text) => assert.deepEqual(Object.keys(JSON.parse(text)).sort(), ['a', 'b']);

run('openai-node', (address) => new OpenAI({ baseURL: `${address}/v1`, apiKey: 'none', maxRetries: 0 }), {
  chat: async (client) => {
    const answer = await client.chat.completions.create(greedy);
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.ok(answer.choices[0].message.content);
    counted(answer.usage);
  },

  'chat-stream': async (client) => {
    const stream = await client.chat.completions.create({
      ...greedy,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage;
    }
    assert.ok(text);
    counted(usage);
  },

  // the client's own accumulation of a stream
  'chat-helper': async (client) => {
    const stream = client.chat.completions.stream({ ...greedy, stream_options: { include_usage: true } });
    const answer = await stream.finalChatCompletion();
    assert.equal(answer.choices[0].finish_reason, 'stop');
    assert.ok(await stream.finalContent());
    counted(answer.usage);
  },

  'tools-helper': async (client) => {
    const answer = await client.chat.completions.stream(calling).finalChatCompletion();
    assert.equal(answer.choices[0].finish_reason, 'tool_calls');
    assert.equal(answer.choices[0].message.tool_calls[0].function.name, 'add');
    numbers(answer.choices[0].message.tool_calls[0].function.arguments);
  },

  // the client calls the function and sends its result
  'tools-runner': async (client) => {
    let called = 0;
    const runner = client.chat.completions.runTools(
      {
        ...calling,
        tools: [
          {
            type: 'function',
            function: { ...add.function, parse: JSON.parse, function: ({ a, b }) => (called++, String(a + b)) },
          },
        ],
      },
      { maxChatCompletions: 2 },
    );
    await runner.done();
    assert.ok(called >= 1);
  },

  parse: async (client) => {
    const answer = await client.chat.completions.parse({ ...greedy, response_format: form });
    numbers(answer.choices[0].message.content);
  },

  unicode: async (client) => {
    const answer = await client.chat.completions.create({ ...greedy, messages: [{ role: 'user', content: UNICODE }] });
    assert.equal(answer.choices.length, 1);
  },

  completions: async (client) => {
    const answer = await client.completions.create({ model: MODEL, prompt: '12 + 30 =', max_tokens: 8, temperature: 0 });
    assert.equal(answer.object, 'text_completion');
    counted(answer.usage);
  },

  responses: async (client) => {
    const answer = await client.responses.create(response);
    assert.equal(answer.status, 'completed');
    assert.ok(answer.output_text);
  },

  'responses-helper': async (client) => {
    const stream = client.responses.stream(response);
    const kinds = new Set();
    stream.on('event', (event) => kinds.add(event.type));
    const answer = await stream.finalResponse();
    assert.ok(answer.output_text && kinds.has('response.output_text.delta'));
    assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
  },

  // the client asks for base64 by itself and gives numbers
  embeddings: async (client) => {
    const answer = await client.embeddings.create({ model: MODEL, input: QUESTION });
    const vector = answer.data[0].embedding;
    assert.ok(Math.abs(vector.reduce((sum, x) => sum + x * x, 0) - 1) < 1e-4);
  },

  models: async (client) => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes(MODEL));
  },

  model: async (client) => assert.equal((await client.models.retrieve(MODEL)).id, MODEL),

  'unknown-model': async (client) => {
    await assert.rejects(client.chat.completions.create({ ...greedy, model: 'no-such-model' }), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError);
      assert.equal(error.code, 'model_not_found');
      return true;
    });
  },

  'bad-parameter': async (client) => {
    await assert.rejects(client.chat.completions.create({ ...greedy, n: 99 }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.param, 'n');
      return true;
    });
  },
});
