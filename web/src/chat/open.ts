import { effect, signal, untracked } from '@preact/signals';
import { rename, route } from '../route.ts';
import { Session, type Lane } from './session.ts';

/** The chat on the page; null while it is read; 'gone' if it is not in this browser. */
export const session = signal<Session | null | 'gone'>(null);

/** The lane whose model, or whose settings, are being chosen. */
export const pickingFor = signal<Lane | null>(null);
export const settingsFor = signal<Lane | null>(null);

const answering = new Map<string, Session>(); // left while an answer streams: they go on

effect(() => {
  const to = route.value;
  untracked(() => {
    if (to.page === 'server') return;
    const now = session.value;
    if (now instanceof Session) {
      if (to.page === 'chat' && now.id === to.id) return;
      leave(now);
    }
    if (to.page === 'chat') void load(to.id);
    else session.value = Session.fresh(to.page === 'compare' ? 2 : 1);
  });
});

/** Once a new chat has its first message it has an address. */
effect(() => {
  const now = session.value;
  if (!(now instanceof Session) || !now.kept.value) return;
  untracked(() => {
    if (route.value.page === 'new' || route.value.page === 'compare') rename({ page: 'chat', id: now.id });
  });
});

async function load(id: string): Promise<void> {
  session.value = answering.get(id) ?? null;
  if (session.value !== null) return;
  const loaded = await Session.load(id).catch(() => null);
  const to = route.value;
  if (to.page === 'chat' && to.id === id) session.value = loaded ?? 'gone';
}

function leave(left: Session): void {
  if (!left.busy.value) return;
  answering.set(left.id, left);
  const stop = effect(() => {
    if (left.busy.value) return;
    answering.delete(left.id);
    queueMicrotask(() => stop());
  });
}

export function forget(id: string): void {
  const gone = answering.get(id) ?? (session.value instanceof Session && session.value.id === id ? session.value : null);
  gone?.discard();
  answering.delete(id);
}
