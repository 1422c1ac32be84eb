import { call } from './http.ts';

/** Saves what an address answers as a file: the key goes with the call, so that a plain link will not do. */
export async function download(path: string, name: string): Promise<void> {
  const response = await call(path);
  save(await response.blob(), name);
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
