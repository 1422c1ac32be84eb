/**
 * The database of this browser: `chats` (what the list shows, and each column's settings) and `messages` (by chat).
 * They are apart so that the list never reads texts, and a chat only its own.
 */

import type { Message } from '../chat/message.ts';
import type { Settings } from '../chat/settings.ts';

/** A column of a chat: which model answers, how, and which branch is shown. */
export interface LaneRecord {
  readonly model: string | null;
  readonly settings: Settings;
  readonly leaf: string | null;
}

export interface ChatRecord {
  readonly id: string;
  readonly title: string;
  readonly created: number;
  readonly updated: number;
  readonly lanes: readonly LaneRecord[];
}

let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('jerboa', 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore('chats', { keyPath: 'id' }).createIndex('updated', 'updated');
      db.createObjectStore('messages', { keyPath: 'id' }).createIndex('chat', 'chat');
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
    request.onerror = () => {
      opening = null;
      reject(request.error ?? new Error('the database cannot be opened'));
    };
  });
  return opening;
}

type StoreName = 'chats' | 'messages';

/** Runs `work` in one transaction and gives its value when the transaction is done. */
async function transact<T>(stores: StoreName[], mode: IDBTransactionMode, work: (transaction: IDBTransaction) => T | Promise<T>): Promise<T> {
  const transaction = (await open()).transaction(stores, mode);
  const done = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was given up'));
  });
  done.catch(() => {});
  const value = await work(transaction);
  await done;
  return value;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database refused'));
  });
}

export function putChat(chat: ChatRecord): Promise<void> {
  return transact(['chats'], 'readwrite', (t) => void t.objectStore('chats').put(chat));
}

export function getChat(id: string): Promise<ChatRecord | undefined> {
  return transact(['chats'], 'readonly', (t) => result(t.objectStore('chats').get(id) as IDBRequest<ChatRecord | undefined>));
}

/** A chat's messages, oldest first. */
export async function getMessages(chat: string): Promise<Message[]> {
  const found = await transact(['messages'], 'readonly', (t) =>
    result(t.objectStore('messages').index('chat').getAll(chat) as IDBRequest<Message[]>),
  );
  return inOrder(found);
}

/** Messages by time, parents before children also where a clock went backwards. One whose parent is gone begins a branch. */
export function inOrder(messages: readonly Message[]): Message[] {
  const byParent = new Map<string | null, Message[]>();
  const ids = new Set(messages.map((message) => message.id));
  for (const message of [...messages].sort((a, b) => a.created - b.created)) {
    const parent = message.parent !== null && ids.has(message.parent) ? message.parent : null;
    const kept = parent === message.parent ? message : { ...message, parent };
    const list = byParent.get(parent);
    if (list === undefined) byParent.set(parent, [kept]);
    else list.push(kept);
  }
  const order: Message[] = [...(byParent.get(null) ?? [])];
  for (let i = 0; i < order.length; i++) order.push(...(byParent.get(order[i]!.id) ?? []));
  return order;
}

export function putMessages(messages: readonly Message[]): Promise<void> {
  return transact(['messages'], 'readwrite', (t) => {
    const store = t.objectStore('messages');
    for (const message of messages) store.put(message);
  });
}

export function deleteMessages(ids: readonly string[]): Promise<void> {
  return transact(['messages'], 'readwrite', (t) => ids.forEach((id) => t.objectStore('messages').delete(id)));
}

export function deleteChat(id: string): Promise<void> {
  return transact(['chats', 'messages'], 'readwrite', (t) => {
    t.objectStore('chats').delete(id);
    const keys = t.objectStore('messages').index('chat').openKeyCursor(id);
    keys.onsuccess = () => {
      const cursor = keys.result;
      if (cursor === null) return;
      t.objectStore('messages').delete(cursor.primaryKey);
      cursor.continue();
    };
  });
}

export function deleteAll(): Promise<void> {
  return transact(['chats', 'messages'], 'readwrite', (t) => {
    t.objectStore('chats').clear();
    t.objectStore('messages').clear();
  });
}

/** Adds chats with their messages, all or none. */
export function putAll(chats: readonly ChatRecord[], messages: readonly Message[]): Promise<void> {
  return transact(['chats', 'messages'], 'readwrite', (t) => {
    for (const chat of chats) t.objectStore('chats').put(chat);
    for (const message of messages) t.objectStore('messages').put(message);
  });
}

export function countChats(): Promise<number> {
  return transact(['chats'], 'readonly', (t) => result(t.objectStore('chats').count()));
}

/** `count` chats from the `from`-th newest on. */
export function listChats(from: number, count: number): Promise<ChatRecord[]> {
  return transact(
    ['chats'],
    'readonly',
    (t) =>
      new Promise<ChatRecord[]>((resolve, reject) => {
        const found: ChatRecord[] = [];
        let skipped = from === 0;
        const request = t.objectStore('chats').index('updated').openCursor(null, 'prev');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const cursor = request.result;
          if (cursor === null) return resolve(found);
          if (!skipped) {
            skipped = true;
            return cursor.advance(from);
          }
          found.push(cursor.value as ChatRecord);
          if (found.length === count) return resolve(found);
          cursor.continue();
        };
      }),
  );
}

/** Chats whose title or messages hold `words`, newest first, at most `limit`. Texts are read one by one, never all at once. */
export async function searchChats(words: string, limit: number, signal: AbortSignal): Promise<ChatRecord[]> {
  const wanted = folded(words);
  const ids = new Set<string>();
  await scan<ChatRecord>('chats', signal, (chat) => {
    if (folded(chat.title).includes(wanted)) ids.add(chat.id);
    return ids.size < limit;
  });
  await scan<Message>('messages', signal, (message) => {
    if (!ids.has(message.chat) && folded(message.text).includes(wanted)) ids.add(message.chat);
    return ids.size < limit;
  });
  const chats = await Promise.all([...ids].map(getChat));
  return chats.filter((chat) => chat !== undefined).sort((a, b) => b.updated - a.updated);
}

function scan<T>(store: StoreName, signal: AbortSignal, take: (value: T) => boolean): Promise<void> {
  return transact(
    [store],
    'readonly',
    (t) =>
      new Promise<void>((resolve, reject) => {
        const request = t.objectStore(store).openCursor();
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const cursor = request.result;
          if (cursor === null || signal.aborted || !take(cursor.value as T)) return resolve();
          cursor.continue();
        };
      }),
  );
}

/** Small letters without marks, so that a search finds Arabic with and without vowel signs, and é for e. */
export function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{Mn}\u0640]/gu, '')
    .toLowerCase();
}
