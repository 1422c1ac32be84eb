import { signal } from '@preact/signals';
import { listKeys, may } from '../api/keys.ts';

/** Names of keys by their ids, for those who may see them. */
const names = signal<ReadonlyMap<string, string>>(new Map());

/** Looks the names up; who may not, or cannot now, sees ids. */
export async function refreshKeyNames(): Promise<void> {
  if (!may('admin')) return;
  try {
    names.value = new Map((await listKeys()).map((key) => [key.id, key.name]));
  } catch {
    // charts say by themselves that the server is away
  }
}

/** A key as people know it: its name with its id, or the id alone. */
export function keyName(id: string): string {
  const name = names.value.get(id) ?? '';
  return name === '' || name === id ? id : `${name} (${id})`;
}
