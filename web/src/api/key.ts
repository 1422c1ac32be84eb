import { signal } from '@preact/signals';

const NAME = 'jerboa.key';

/** The key that calls carry; empty for none. It stays in this tab unless the reader asks to remember it. */
export const apiKey = signal(stored());

/** Why the reader is asked for a key: the server needs one, it did not take this one, or the reader wants to change it. */
export type KeyQuestion = 'needed' | 'refused' | 'change';

/** What the reader is being asked, if they are. */
export const keyWanted = signal<KeyQuestion | null>(null);

/** The server has refused a call for its key. */
export function askForKey(): void {
  keyWanted.value = apiKey.value === '' ? 'needed' : 'refused';
}

export function setKey(key: string, remember: boolean): void {
  apiKey.value = key.trim();
  keyWanted.value = null;
  forget();
  if (apiKey.value !== '') (remember ? localStorage : sessionStorage).setItem(NAME, apiKey.value);
}

function forget(): void {
  localStorage.removeItem(NAME);
  sessionStorage.removeItem(NAME);
}

function stored(): string {
  if (typeof sessionStorage === 'undefined') return '';
  return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME) ?? '';
}
