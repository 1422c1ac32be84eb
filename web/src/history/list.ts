import { computed, effect, signal } from '@preact/signals';
import { countChats, listChats, searchChats, type ChatRecord } from '../store/db.ts';
import { historyVersion, unkept } from '../store/changes.ts';

const PAGE = 60;
const MOST_FOUND = 200;

/** What the list shows: how many chats there are, and those of them that have been read so far, newest first. */
export const total = signal(0);
export const chats = signal<readonly ChatRecord[]>([]);

/** Words that are searched for, and what was found; null while nothing is searched. */
export const wanted = signal('');
export const found = signal<readonly ChatRecord[] | null>(null);
export const searching = signal(false);

export const shown = computed(() => found.value ?? chats.value);
export const count = computed(() => (found.value === null ? total.value : found.value.length));

let reading: Promise<void> | null = null;

/** Reads on until the `upTo`-th chat is there. */
export function need(upTo: number): void {
  if (found.value !== null || reading !== null || upTo <= chats.value.length || chats.value.length >= total.value) return;
  const from = chats.value.length;
  reading = listChats(from, PAGE).then((more) => {
    reading = null;
    if (chats.value.length === from) chats.value = [...chats.value, ...more];
    if (more.length > 0) need(upTo);
  });
}

/** Reads again as much as was read, after changes; several changes in a row make one reading. */
let timer = 0;
effect(() => {
  historyVersion.value;
  clearTimeout(timer);
  timer = window.setTimeout(() => void refresh(), 60);
});

async function refresh(): Promise<void> {
  const loaded = Math.max(PAGE, chats.peek().length);
  try {
    [total.value, chats.value] = await Promise.all([countChats(), listChats(0, loaded)]);
  } catch {
    unkept.value = true;
    return;
  }
  if (wanted.peek() !== '') await search();
}

let abort: AbortController | null = null;

async function search(): Promise<void> {
  abort?.abort();
  const words = wanted.peek().trim();
  if (words === '') {
    found.value = null;
    searching.value = false;
    return;
  }
  const mine = (abort = new AbortController());
  searching.value = true;
  const result = await searchChats(words, MOST_FOUND, mine.signal);
  if (mine.signal.aborted) return;
  found.value = result;
  searching.value = false;
}

let typing = 0;

export function searchFor(words: string): void {
  wanted.value = words;
  clearTimeout(typing);
  typing = window.setTimeout(() => void search(), words === '' ? 0 : 180);
}
