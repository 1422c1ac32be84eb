import { signal } from '@preact/signals';

const NAME = 'jerboa.key';

/** The key that calls carry; empty for none. It stays in this tab unless the reader asks to remember it. */
export const apiKey = signal(stored());

/** Whether the server has asked for a key that it did not get. */
export const keyWanted = signal(false);

export function setKey(key: string, remember: boolean): void {
  apiKey.value = key.trim();
  keyWanted.value = false;
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
