import type { ModelStatus, Status } from '../api/status.ts';

/** One reading of the server's state as plots show it; what cannot be told is null. */
export interface Sample {
  readonly time: number;
  readonly running: number;
  readonly waiting: number;
  readonly promptSpeed: number | null;
  readonly generatedSpeed: number | null;
  /** Which part of the prompts' tokens since the reading before were found in the cache. */
  readonly cacheShare: number | null;
  readonly heap: number | null;
  readonly native: number | null;
  readonly resident: number | null;
}

/** How many readings are kept: ten minutes of one a second. */
export const KEPT = 600;

const LONGEST_GAP_MILLIS = 10_000;

/** The sample of a state and the state before it. Counters that went back (a restart) give no speed. */
export function sample(before: Status | null, now: Status): Sample {
  const millis = before === null ? 0 : now.time - before.time;
  const usable = before !== null && millis > 0 && millis <= LONGEST_GAP_MILLIS;
  const grown = (count: (model: ModelStatus) => number): number | null => {
    if (!usable) return null;
    const by = sum(now, count) - sum(before, count);
    return by < 0 ? null : by;
  };
  const prompt = grown((model) => model.promptTokens);
  const cached = grown((model) => model.cachedTokens);
  const generated = grown((model) => model.generatedTokens);
  return {
    time: now.time,
    running: sum(now, (model) => model.running),
    waiting: sum(now, (model) => model.waiting),
    promptSpeed: prompt === null ? null : (prompt * 1000) / millis,
    generatedSpeed: generated === null ? null : (generated * 1000) / millis,
    cacheShare: prompt === null || cached === null || prompt === 0 ? null : Math.min(1, cached / prompt),
    heap: now.heapBytes,
    native: now.nativeBytes,
    resident: now.residentBytes,
  };
}

export function added(samples: readonly Sample[], next: Sample): Sample[] {
  return [...samples.slice(-(KEPT - 1)), next];
}

function sum(status: Status, count: (model: ModelStatus) => number): number {
  return status.models.reduce((total, model) => total + count(model), 0);
}
