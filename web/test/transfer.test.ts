import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, userMessage, type Message } from '../src/chat/message.ts';
import { DEFAULTS } from '../src/chat/settings.ts';
import { folded, inOrder, type ChatRecord } from '../src/store/db.ts';
import { exportedChat, FILE_FOOT, fileHead, LIMITS, parseFile, TransferError } from '../src/store/transfer.ts';

function sampleChat(): { chat: ChatRecord; messages: Message[] } {
  const question = userMessage('c1', 0, null, 'سؤال: why?');
  const first: Message = {
    ...answer('c1', 0, question.id, 'm'),
    text: 'Because.',
    reasoning: 'hm',
    reasoningMillis: 12,
    state: 'done',
    finish: 'stop',
    toolCalls: [{ id: 'x', name: 'f', arguments: '{}' }],
    figures: { promptTokens: 1, cachedTokens: null, generatedTokens: 2, counted: 'server', firstTokenMillis: 3, totalMillis: 4, tokensPerSecond: 5 },
  };
  const again: Message = { ...answer('c1', 0, question.id, 'm'), state: 'failed', failure: { kind: 'busy', status: 503, detail: 'later' } };
  const other = userMessage('c1', 1, null, 'two');
  const chat: ChatRecord = {
    id: 'c1',
    title: 'Why',
    created: 1,
    updated: 2,
    lanes: [
      { model: 'm', settings: { ...DEFAULTS, temperature: 0.5 }, leaf: first.id },
      { model: null, settings: DEFAULTS, leaf: other.id },
    ],
  };
  return { chat, messages: [question, first, again, other] };
}

function fileOf(...chats: string[]): string {
  return fileHead(new Date(0)) + chats.join(',\n') + FILE_FOOT;
}

test('what is exported is imported, under new ids', () => {
  const { chat, messages } = sampleChat();
  const read = parseFile(fileOf(exportedChat(chat, messages), exportedChat(chat, messages)));
  assert.equal(read.chats.length, 2);
  assert.notEqual(read.chats[0]!.id, chat.id);
  assert.notEqual(read.chats[0]!.id, read.chats[1]!.id);
  const back = read.messages.slice(0, 4);
  const ids = new Map(messages.map((message, i) => [message.id, back[i]!.id]));
  back.forEach((message, i) => {
    const { id, chat: _, parent, ...rest } = message;
    const { id: oldId, chat: __, parent: oldParent, ...oldRest } = messages[i]!;
    assert.notEqual(id, oldId);
    assert.equal(parent, oldParent === null ? null : ids.get(oldParent));
    assert.deepEqual(rest, oldRest);
  });
  assert.equal(read.chats[0]!.lanes[0]!.leaf, ids.get(chat.lanes[0]!.leaf!));
  assert.deepEqual(read.chats[0]!.lanes[0]!.settings, chat.lanes[0]!.settings);
});

function refused(change: (file: any) => void, at: string): void {
  const { chat, messages } = sampleChat();
  const file = JSON.parse(fileOf(exportedChat(chat, messages)));
  change(file);
  assert.throws(() => parseFile(JSON.stringify(file)), (error: TransferError) => error instanceof TransferError && error.at === at, `at ${at}`);
}

test('a file that is not as it should be is refused, and the place is said', () => {
  assert.throws(() => parseFile('{'), TransferError);
  assert.throws(() => parseFile('[]'), TransferError);
  refused((file) => (file.format = 'x'), 'format');
  refused((file) => (file.version = 2), 'version');
  refused((file) => (file.chats = {}), 'chats');
  refused((file) => (file.chats[0].lanes = []), 'chats[0].lanes');
  refused((file) => (file.chats[0].lanes.length = LIMITS.lanes, file.chats[0].lanes.push(...Array(9).fill({}))), 'chats[0].lanes');
  refused((file) => delete file.chats[0].title, 'chats[0].title');
  refused((file) => (file.chats[0].created = 'now'), 'chats[0].created');
  refused((file) => (file.chats[0].messages[1].parent = 'nobody'), 'chats[0].messages[1].parent');
  refused((file) => (file.chats[0].messages[0].parent = file.chats[0].messages[1].id), 'chats[0].messages[0].parent');
  refused((file) => (file.chats[0].messages[3].parent = file.chats[0].messages[0].id), 'chats[0].messages[3].parent');
  refused((file) => (file.chats[0].messages[1].id = file.chats[0].messages[0].id), 'chats[0].messages[1].id');
  refused((file) => (file.chats[0].messages[0].role = 'system'), 'chats[0].messages[0].role');
  refused((file) => (file.chats[0].messages[0].lane = 2), 'chats[0].messages[0].lane');
  refused((file) => (file.chats[0].messages[0].text = 5), 'chats[0].messages[0].text');
  refused((file) => (file.chats[0].messages[0].text = 'x'.repeat(LIMITS.textChars + 1)), 'chats[0].messages[0].text');
});

test('odd figures, failures and states become plain ones', () => {
  const { chat, messages } = sampleChat();
  const file = JSON.parse(fileOf(exportedChat(chat, messages)));
  Object.assign(file.chats[0].messages[1], { state: 'streaming', figures: { totalMillis: 'x', promptTokens: -1 }, failure: { kind: 'odd' }, __proto__: { x: 1 } });
  const [, message] = parseFile(JSON.stringify(file)).messages;
  assert.equal(message!.state, 'stopped');
  assert.equal(message!.figures!.promptTokens, null);
  assert.equal(message!.failure!.kind, 'server');
});

test('messages are put in order, parents first, whatever the clock said', () => {
  const { messages } = sampleChat();
  const odd = messages.map((message, i) => ({ ...message, created: 100 - i }));
  const order = inOrder(odd).map((message) => message.id);
  for (const message of messages) {
    if (message.parent !== null) assert.ok(order.indexOf(message.parent) < order.indexOf(message.id));
  }
});

test('a search finds letters without their marks', () => {
  assert.equal(folded('Café ÉTÉ'), 'cafe ete');
  assert.equal(folded('مُحَمَّـد'), 'محمد');
});
