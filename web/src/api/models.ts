import { signal } from '@preact/signals';
import { ApiError, call, isObject } from './http.ts';
import { askForKey } from './key.ts';

export type LoadState = 'ready' | 'loading' | 'unloading' | 'unloaded' | 'failed';

/** A model that the server lists. Of a bare OpenAI list everything but `id` is unknown. */
export interface Model {
  readonly id: string;
  readonly state: LoadState | null;
  readonly contextLength: number | null;
  readonly parameters: number | null;
  readonly type: string | null;
  readonly reasoning: boolean | null;
  readonly tools: boolean | null;
  /** Whether it has a chat template; without one it continues texts. */
  readonly chat: boolean | null;
  /** Whether it is the small model that comes with Jerboa. */
  readonly inside: boolean;
  /** Whether the server is Jerboa's, which takes fields that others may refuse. */
  readonly jerboa: boolean;
}

export type Listing = 'asking' | 'known' | 'failed';

export const models = signal<readonly Model[]>([]);
export const listing = signal<Listing>('asking');
/** Whether the server answered when it was last asked, whatever it said. */
export const reachable = signal(true);

const STATES: readonly string[] = ['ready', 'loading', 'unloading', 'unloaded', 'failed'];
const INSIDE = 'Jerboa Inside'; // as its file names it

/** Models out of `GET /v1/models`, in the server's order. */
export function modelsOf(json: unknown): Model[] {
  const data: unknown = Array.isArray(json) ? json : isObject(json) ? (json['data'] ?? json['models']) : undefined;
  if (!Array.isArray(data)) return [];
  const found: Model[] = [];
  for (const entry of data) {
    if (!isObject(entry)) continue;
    const id = entry['id'] ?? entry['name'];
    if (typeof id !== 'string' || id === '' || found.some((model) => model.id === id)) continue;
    const extra = isObject(entry['jerboa']) ? entry['jerboa'] : {};
    const state = extra['state'];
    found.push({
      id,
      state: typeof state === 'string' && STATES.includes(state) ? (state as LoadState) : null,
      contextLength: positive(extra['context_length'] ?? entry['context_length'] ?? entry['max_model_len']),
      parameters: positive(extra['parameters']),
      type: typeof extra['type'] === 'string' ? extra['type'] : null,
      reasoning: typeof extra['reasoning'] === 'boolean' ? extra['reasoning'] : null,
      tools: typeof extra['tools'] === 'boolean' ? extra['tools'] : null,
      chat: typeof extra['chat'] === 'boolean' ? extra['chat'] : null,
      inside: extra['name'] === INSIDE,
      jerboa: isObject(entry['jerboa']),
    });
  }
  return found;
}

export function modelNamed(id: string | null): Model | undefined {
  return models.value.find((model) => model.id === id);
}

/** Asks for the list again. A failure keeps the list that was known. */
export async function refreshModels(): Promise<void> {
  try {
    const response = await call('/v1/models');
    const listed = modelsOf(await response.json());
    models.value = listed.length === 0 || listed.some((model) => model.jerboa) ? [...listed, ...(await notReady(listed))] : listed;
    listing.value = 'known';
    reachable.value = true;
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'unauthorized') askForKey();
    reachable.value = !(error instanceof ApiError && error.kind === 'offline');
    listing.value = models.value.length > 0 ? 'known' : 'failed';
  }
}

/** The models that Jerboa's list leaves out, since they cannot be asked now: what its state says of them. */
async function notReady(listed: readonly Model[]): Promise<Model[]> {
  try {
    const state: unknown = await (await call('/jerboa/status')).json();
    const declared: unknown = isObject(state) ? state['models'] : [];
    const all = modelsOf(Array.isArray(declared) ? declared.map((model: unknown) => (isObject(model) ? { id: model['id'], jerboa: model } : {})) : []);
    return all.filter((model) => model.state !== null && model.state !== 'ready' && listed.every((other) => other.id !== model.id));
  } catch {
    return []; // a server that tells nothing of its state
  }
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}
