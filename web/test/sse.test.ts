import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamParser, events, type ServerSentEvent } from '../src/api/sse.ts';

const STREAM =
  '\uFEFF: hello\r\n' +
  'data: {"a": 1}\n\n' +
  'event: note\r\nid: 7\r\ndata: one\r\ndata:two\r\ndata\r\n\r\n' +
  'retry: 10\rdata: سلام ‏🦘\r\r' +
  ':\n\n\n' +
  'event: lonely\n\n' +
  'data: [DONE]';

const EXPECTED: ServerSentEvent[] = [
  { event: 'message', data: '{"a": 1}', id: '' },
  { event: 'note', data: 'one\ntwo\n', id: '7' },
  { event: 'message', data: 'سلام ‏🦘', id: '7' },
  { event: 'message', data: '[DONE]', id: '7' },
];

function read(pieces: string[]): ServerSentEvent[] {
  const parser = new EventStreamParser();
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}

test('a stream in one piece', () => assert.deepEqual(read([STREAM]), EXPECTED));

test('a stream cut at any place', () => {
  for (let i = 0; i <= STREAM.length; i++) assert.deepEqual(read([STREAM.slice(0, i), STREAM.slice(i)]), EXPECTED, `cut at ${i}`);
});

test('a stream cut at any two places', () => {
  for (let i = 0; i <= STREAM.length; i += 3) {
    for (let j = i; j <= STREAM.length; j++) {
      assert.deepEqual(read([STREAM.slice(0, i), STREAM.slice(i, j), STREAM.slice(j)]), EXPECTED, `cut at ${i} and ${j}`);
    }
  }
});

test('a stream of single characters', () => assert.deepEqual(read(STREAM.split('')), EXPECTED));

test('a body cut inside of characters, at any byte', async () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let i = 0; i <= bytes.length; i++) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.slice(0, i));
        controller.enqueue(bytes.slice(i));
        controller.close();
      },
    });
    const found: ServerSentEvent[] = [];
    for await (const event of events(body)) found.push(event);
    assert.deepEqual(found, EXPECTED, `cut at byte ${i}`);
  }
});

test('a reader that stops early lets go of the body', async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const event of events(body)) {
    assert.equal(event.data, 'x');
    break;
  }
  await Promise.resolve();
  assert.ok(cancelled);
});

test('an event without end is refused', () => {
  const parser = new EventStreamParser();
  const megabyte = 'x'.repeat(1024 * 1024);
  assert.throws(() => {
    for (let i = 0; i < 20; i++) parser.push(`data: ${megabyte}\n`);
  }, RangeError);
});
