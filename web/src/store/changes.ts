import { signal } from '@preact/signals';

/** Counts changes of the kept chats, in this tab and in others. */
export const historyVersion = signal(0);

/** Whether this browser has refused to keep something: a private window, or no room. */
export const unkept = signal(false);

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('jerboa.history');
if (channel !== null) channel.onmessage = () => historyVersion.value++;

export function historyChanged(): void {
  historyVersion.value++;
  channel?.postMessage(null);
}
