import { signal } from '@preact/signals';
import { ApiError, call, isObject } from './http.ts';
import { keyWanted } from './key.ts';

export type LoadState = 'ready' | 'loading' | 'unloaded' | 'failed';

/** A model that the server lists. Of a bare OpenAI list everything but `id` is unknown. */
export interface Model {
  readonly id: string;
  readonly state: LoadState | null;
  readonly contextLength: number | null;
  readonly parameters: number | null;
  readonly type: string | null;
  readonly reasoning: boolean | null;
  readonly tools: boolean | null;
  /** Whether the server is Jerboa's, which takes fields that others may refuse. */
  readonly jerboa: boolean;
}

export type Listing = 'asking' | 'known' | 'failed';

export const models = signal<readonly Model[]>([]);
export const listing = signal<Listing>('asking');

const STATES: readonly string[] = ['ready', 'loading', 'unloaded', 'failed'];

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
    models.value = modelsOf(await response.json());
    listing.value = 'known';
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'unauthorized') keyWanted.value = true;
    listing.value = models.value.length > 0 ? 'known' : 'failed';
  }
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}
