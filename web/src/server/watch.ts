import { signal } from '@preact/signals';
import { ApiError, type FailureKind } from '../api/http.ts';
import { askForKey } from '../api/key.ts';
import { readStatus, type Status } from '../api/status.ts';
import { added, sample, type Sample } from './samples.ts';

const EVERY_MILLIS = 1000;

/** The last state that was read, the readings so far, and why the last one failed, if it did. They outlive the page's view. */
export const status = signal<Status | null>(null);
export const samples = signal<readonly Sample[]>([]);
export const failure = signal<FailureKind | null>(null);

/** Reads the state once a second while the page is in sight. Gives what stops it. */
export function watch(): () => void {
  const abort = new AbortController();
  let timer = 0;
  const read = async (): Promise<void> => {
    if (!document.hidden) await readOnce(abort.signal);
    if (!abort.signal.aborted) timer = window.setTimeout(() => void read(), EVERY_MILLIS);
  };
  void read();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}

async function readOnce(signal: AbortSignal): Promise<void> {
  try {
    const now = await readStatus(signal);
    samples.value = added(samples.value, sample(status.value, now));
    status.value = now;
    failure.value = null;
  } catch (error) {
    if (signal.aborted) return;
    const kind = error instanceof ApiError ? error.kind : 'unreadable';
    if (kind === 'unauthorized' && failure.value !== kind) askForKey();
    failure.value = kind;
  }
}
