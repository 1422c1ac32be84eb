import type { FailureKind } from '../api/http.ts';
import { newId, type Failure, type Figures, type Message, type MessageState, type ToolCall } from '../chat/message.ts';
import { settingsOf } from '../chat/settings.ts';
import type { ChatRecord, LaneRecord } from './db.ts';

/**
 * Chats as a file and back.
 *
 * The file is `{"format": "jerboa-chats", "version": 1, "exported": …, "chats": [{title, created, updated, lanes, messages}]}`.
 * What is read may come from anyone: every field is checked and bounded, and all ids are made anew, so that a file can
 * neither replace a chat that is here nor tie messages into a ring.
 */
export const FORMAT = 'jerboa-chats';
export const VERSION = 1;

export const LIMITS = {
  fileBytes: 256 * 1024 * 1024,
  chats: 20_000,
  lanes: 8,
  messagesPerChat: 20_000,
  messages: 500_000,
  textChars: 4_000_000,
  titleChars: 300,
  toolCalls: 128,
} as const;

export interface Imported {
  readonly chats: ChatRecord[];
  readonly messages: Message[];
}

/** Why a file is not taken: what was expected, and where. */
export class TransferError extends Error {
  constructor(
    readonly at: string,
    readonly expected: string,
  ) {
    super(`${at}: expected ${expected}`);
  }
}

/** The head and foot of a file, between which chats come separated by commas: a large history is never one string. */
export function fileHead(exported: Date): string {
  return `{"format":"${FORMAT}","version":${VERSION},"exported":"${exported.toISOString()}","chats":[`;
}

export const FILE_FOOT = ']}\n';

export function exportedChat(chat: ChatRecord, messages: readonly Message[]): string {
  return JSON.stringify({
    title: chat.title,
    created: chat.created,
    updated: chat.updated,
    lanes: chat.lanes,
    messages: messages.map(({ chat: _, ...rest }) => rest),
  });
}

/** The chats of a file's text. Throws {@link TransferError}. */
export function parseFile(text: string): Imported {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new TransferError('file', 'JSON');
  }
  const file = object(json, 'file');
  if (file['format'] !== FORMAT) throw new TransferError('format', `"${FORMAT}"`);
  if (file['version'] !== VERSION) throw new TransferError('version', String(VERSION));
  const chats: ChatRecord[] = [];
  const messages: Message[] = [];
  array(file['chats'], 'chats', LIMITS.chats).forEach((entry, i) => {
    takeChat(entry, `chats[${i}]`, chats, messages);
    if (messages.length > LIMITS.messages) throw new TransferError('chats', `at most ${LIMITS.messages} messages`);
  });
  return { chats, messages };
}

function takeChat(entry: unknown, at: string, chats: ChatRecord[], all: Message[]): void {
  const given = object(entry, at);
  const id = newId();
  const laneEntries = array(given['lanes'], `${at}.lanes`, LIMITS.lanes);
  if (laneEntries.length === 0) throw new TransferError(`${at}.lanes`, 'at least one');
  const ids = new Map<string, { id: string; lane: number }>();
  array(given['messages'], `${at}.messages`, LIMITS.messagesPerChat).forEach((one, i) => {
    all.push(takeMessage(one, `${at}.messages[${i}]`, id, laneEntries.length, ids));
  });
  const lanes = laneEntries.map((one, i): LaneRecord => {
    const lane = object(one, `${at}.lanes[${i}]`);
    const leaf = typeof lane['leaf'] === 'string' ? ids.get(lane['leaf']) : undefined;
    return { model: shortText(lane['model'], 300), settings: settingsOf(lane['settings']), leaf: leaf?.lane === i ? leaf.id : null };
  });
  chats.push({
    id,
    title: text(given['title'], `${at}.title`).slice(0, LIMITS.titleChars),
    created: time(given['created'], `${at}.created`),
    updated: time(given['updated'], `${at}.updated`),
    lanes,
  });
}

function takeMessage(entry: unknown, at: string, chat: string, lanes: number, ids: Map<string, { id: string; lane: number }>): Message {
  const given = object(entry, at);
  const oldId = text(given['id'], `${at}.id`);
  if (ids.has(oldId)) throw new TransferError(`${at}.id`, 'an id that is not there twice');
  const lane = given['lane'] ?? 0;
  if (typeof lane !== 'number' || !Number.isInteger(lane) || lane < 0 || lane >= lanes) throw new TransferError(`${at}.lane`, `0 to ${lanes - 1}`);
  let parent: string | null = null;
  if (given['parent'] !== null) {
    const known = ids.get(text(given['parent'], `${at}.parent`));
    if (known?.lane !== lane) throw new TransferError(`${at}.parent`, 'the id of an earlier message of its lane');
    parent = known.id;
  }
  const role = given['role'];
  if (role !== 'user' && role !== 'assistant') throw new TransferError(`${at}.role`, '"user" or "assistant"');
  const id = newId();
  ids.set(oldId, { id, lane });
  return {
    id,
    chat,
    lane,
    parent,
    role,
    text: text(given['text'], `${at}.text`),
    reasoning: given['reasoning'] === undefined ? '' : text(given['reasoning'], `${at}.reasoning`),
    reasoningMillis: figure(given['reasoningMillis']),
    toolCalls: given['toolCalls'] === undefined ? [] : array(given['toolCalls'], `${at}.toolCalls`, LIMITS.toolCalls).map((one, i) => takeCall(one, `${at}.toolCalls[${i}]`)),
    model: shortText(given['model'], 300),
    created: time(given['created'], `${at}.created`),
    state: stateOf(given['state']),
    finish: shortText(given['finish'], 60),
    figures: figuresOf(given['figures']),
    failure: failureOf(given['failure']),
  };
}

function takeCall(entry: unknown, at: string): ToolCall {
  const call = object(entry, at);
  return { id: text(call['id'] ?? '', `${at}.id`), name: text(call['name'], `${at}.name`), arguments: text(call['arguments'], `${at}.arguments`) };
}

function stateOf(value: unknown): MessageState {
  return value === 'stopped' || value === 'failed' ? value : value === 'streaming' ? 'stopped' : 'done';
}

function figuresOf(value: unknown): Figures | null {
  if (typeof value !== 'object' || value === null) return null;
  const given = value as Record<string, unknown>;
  return {
    promptTokens: figure(given['promptTokens']),
    cachedTokens: figure(given['cachedTokens']),
    generatedTokens: figure(given['generatedTokens']),
    counted: given['counted'] === 'server' ? 'server' : 'chunks',
    firstTokenMillis: figure(given['firstTokenMillis']),
    totalMillis: figure(given['totalMillis']) ?? 0,
    tokensPerSecond: figure(given['tokensPerSecond']),
  };
}

const KINDS: readonly FailureKind[] = ['offline', 'unauthorized', 'missing', 'rejected', 'too-long', 'busy', 'server', 'interrupted', 'unreadable'];

function failureOf(value: unknown): Failure | null {
  if (typeof value !== 'object' || value === null) return null;
  const given = value as Record<string, unknown>;
  return {
    kind: KINDS.find((kind) => kind === given['kind']) ?? 'server',
    status: figure(given['status']),
    detail: shortText(given['detail'], 2000) ?? '',
  };
}

function object(value: unknown, at: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TransferError(at, 'an object');
  return value as Record<string, unknown>;
}

function array(value: unknown, at: string, most: number): unknown[] {
  if (!Array.isArray(value)) throw new TransferError(at, 'an array');
  if (value.length > most) throw new TransferError(at, `at most ${most} entries`);
  return value;
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw new TransferError(at, 'a string');
  if (value.length > LIMITS.textChars) throw new TransferError(at, `at most ${LIMITS.textChars} characters`);
  return value;
}

function shortText(value: unknown, most: number): string | null {
  return typeof value === 'string' ? value.slice(0, most) : null;
}

function time(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > 8.64e15) throw new TransferError(at, 'a time in milliseconds');
  return value;
}

function figure(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}
