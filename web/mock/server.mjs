/**
 * A stand-in for `jerboa serve`, for developing and testing the page: the page from `dist` with the content security policy of the
 * real server, models, chat completions that stream, and a status. Node only, no dependencies.
 *
 *   node mock/server.mjs [--port 8092] [--pace MILLIS] [--key KEY] [--bare]
 *
 * It is a gateway too, whose key has the scopes of `settings.scopes`; none for a server that is no gateway.
 *
 * Words in the last message choose what comes: see replies.mjs. `POST /mock/settings` changes pace, key, bareness and scopes, and forgets changes of keys.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gateway, resetGateway } from './gateway.mjs';
import { replyTo } from './replies.mjs';
import { status, count } from './status.mjs';

const DIST = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const POLICY =
  "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

const { values: options } = parseArgs({
  options: { port: { type: 'string', default: '8092' }, pace: { type: 'string', default: '18' }, key: { type: 'string', default: '' }, bare: { type: 'boolean', default: false } },
});
const settings = { pace: Number(options.pace), key: options.key, bare: options.bare, requests: [], scopes: ['inference', 'usage', 'admin'] };

const MODELS = [
  { id: 'jerboa-inside', state: 'ready', context_length: 4096, parameters: 11_500_000, type: 'q8_0', reasoning: false, tools: false },
  { id: 'qwen3-8b', state: 'ready', context_length: 40_960, parameters: 8_190_000_000, type: 'q4_k_m', reasoning: true, tools: true },
  { id: 'mistral-small-24b', state: 'unloaded', context_length: 131_072, parameters: 23_600_000_000, type: 'q4_k_m', reasoning: false, tools: true },
  { id: 'kimi-k2', state: 'failed', context_length: 131_072, parameters: 1_030_000_000_000, type: 'iq2_xs', reasoning: false, tools: true },
];

const server = createServer((request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  if (path.startsWith('/v1/') || path.startsWith('/jerboa/')) {
    if (settings.key !== '' && request.headers.authorization !== `Bearer ${settings.key}`) {
      return json(response, 401, { error: { message: 'A valid API key is needed.', type: 'authentication_error', code: 'invalid_api_key' } });
    }
  }
  if (path === '/v1/models') return json(response, 200, { object: 'list', data: MODELS.map(listed) });
  if (path === '/jerboa/status') return settings.bare ? json(response, 404, { error: { message: 'no such address' } }) : json(response, 200, status(MODELS));
  if (path === '/v1/chat/completions' && request.method === 'POST') return withBody(request, (body) => complete(request, response, body));
  if (path === '/mock/settings' && request.method === 'POST') {
    return withBody(request, (body) => {
      resetGateway();
      json(response, 200, Object.assign(settings, body));
    });
  }
  if (path === '/mock/requests') return json(response, 200, settings.requests);
  if (path.startsWith('/v1/') && settings.scopes.length > 0 && !settings.bare) return withBody(request, (body) => asGateway(request, response, body));
  return file(path, response);
});

function listed({ id, ...jerboa }) {
  return settings.bare ? { id, object: 'model', created: 0, owned_by: 'someone' } : { id, object: 'model', created: 1_761_955_200, owned_by: 'local', jerboa };
}

function withBody(request, use) {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (piece) => (text += piece));
  request.on('end', () => use(text === '' ? {} : request.headers['content-type'] === 'text/csv' ? text : JSON.parse(text)));
}

function asGateway(request, response, body) {
  const answered = gateway(
    request.method,
    new URL(request.url, 'http://localhost'),
    body,
    settings.scopes,
    (code, value) => {
      json(response, code, value);
      return true;
    },
    (type, text) => {
      response.writeHead(200, { 'Content-Type': type, 'Content-Disposition': 'attachment' });
      response.end(text);
      return true;
    },
  );
  if (!answered) json(response, 404, { error: { message: 'no such address' } });
}

async function complete(request, response, body) {
  settings.requests = [...settings.requests.slice(-49), body];
  const model = MODELS.find((one) => one.id === body.model) ?? MODELS[0];
  const reply = replyTo(body, model);
  if (reply.refuse) return json(response, reply.refuse.status, { error: { message: reply.refuse.message, type: 'error' } });
  let open = true;
  response.on('close', () => (open = false));
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const send = (data) => response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
  const chunk = (delta, finish = null) =>
    send({ id: 'chatcmpl-mock', object: 'chat.completion.chunk', model: model.id, choices: [{ index: 0, delta, finish_reason: finish }] });
  if (model.state === 'unloaded') {
    model.state = 'loading';
    await pause(40 * settings.pace);
    model.state = 'ready';
  }
  await pause(settings.pace * (reply.wait ?? 8));
  chunk({ role: 'assistant', content: '' });
  let generated = 0;
  count.running(1);
  for (const delta of reply.deltas) {
    if (!open || generated >= (body.max_tokens ?? Infinity)) break;
    if (delta.error) {
      send({ error: delta.error });
      break;
    }
    if (delta.cut) {
      count.running(-1);
      return response.destroy();
    }
    if (generated % 40 === 0) response.write(': here\n\n');
    chunk(delta);
    generated++;
    count.generated(1);
    await pause(settings.pace);
  }
  count.running(-1);
  if (!open) return undefined;
  const limited = generated >= (body.max_tokens ?? Infinity);
  chunk({}, limited ? 'length' : reply.finish);
  const prompt = Math.ceil(JSON.stringify(body.messages).length / 4);
  const cached = body.messages.length > 2 ? Math.floor(prompt * 0.7) : 0;
  count.prompt(prompt, cached);
  if (body.stream_options?.include_usage) {
    send({ id: 'chatcmpl-mock', object: 'chat.completion.chunk', model: model.id, choices: [], usage: { prompt_tokens: prompt, completion_tokens: generated, total_tokens: prompt + generated, prompt_tokens_details: { cached_tokens: cached } } });
  }
  send('[DONE]');
  return response.end();
}

function pause(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function json(response, code, value) {
  response.writeHead(code, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
}

function file(path, response) {
  const at = join(DIST, normalize(path === '/' ? '/index.html' : path));
  if (!at.startsWith(DIST) || !existsSync(at) || !statSync(at).isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/plain' });
    return response.end('not found');
  }
  response.writeHead(200, {
    'Content-Type': TYPES[extname(at)] ?? 'application/octet-stream',
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
  return createReadStream(at).pipe(response);
}

server.listen(Number(options.port), '127.0.0.1', () => console.log(`mock: http://127.0.0.1:${server.address().port}/`));
