export type Reasoning = 'default' | 'none' | 'low' | 'medium' | 'high';
export type Format = 'text' | 'json' | 'schema';

/** How answers are drawn. Null leaves a figure to the server, which knows what the model's publisher advises. */
export interface Sampling {
  readonly temperature: number | null;
  readonly topP: number | null;
  readonly topK: number | null;
  readonly minP: number | null;
  readonly repetitionPenalty: number | null;
}

export interface Settings extends Sampling {
  /** A name out of {@link PRESETS}, an own preset's, or `own` for figures set by hand. */
  readonly preset: string;
  readonly system: string;
  readonly maxTokens: number | null;
  readonly seed: number | null;
  readonly reasoning: Reasoning;
  readonly format: Format;
  readonly schema: string;
  readonly tools: string;
}

export interface OwnPreset extends Sampling {
  readonly name: string;
}

const UNSET: Sampling = { temperature: null, topP: null, topK: null, minP: null, repetitionPenalty: null };

export const PRESETS = {
  model: UNSET,
  precise: { ...UNSET, temperature: 0.2, topP: 0.9, minP: 0.05 },
  balanced: { ...UNSET, temperature: 0.7, topP: 0.95, topK: 40, minP: 0.05 },
  creative: { ...UNSET, temperature: 1.1, topP: 0.98, minP: 0.03, repetitionPenalty: 1.05 },
} as const satisfies Record<string, Sampling>;

export type PresetName = keyof typeof PRESETS;

export const DEFAULTS: Settings = {
  ...UNSET,
  preset: 'model',
  system: '',
  maxTokens: null,
  seed: null,
  reasoning: 'default',
  format: 'text',
  schema: '',
  tools: '',
};

/** What a figure may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export const RANGES = {
  temperature: { min: 0, max: 2, step: 0.05 },
  topP: { min: 0, max: 1, step: 0.01 },
  topK: { min: 0, max: 1000, step: 1 },
  minP: { min: 0, max: 1, step: 0.01 },
  repetitionPenalty: { min: 0.5, max: 2, step: 0.01 },
  maxTokens: { min: 1, max: 1_000_000, step: 1 },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, step: 1 },
} as const satisfies Record<string, Range>;

export type FigureName = keyof typeof RANGES;

/** The number that a text gives, null for an empty text, or undefined if it is none or out of range. */
export function figure(name: FigureName, text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text.replace(',', '.'));
  const { min, max, step } = RANGES[name];
  if (!Number.isFinite(value) || value < min || value > max || (step === 1 && !Number.isInteger(value))) return undefined;
  return value;
}

export function withPreset(settings: Settings, name: string, own: readonly OwnPreset[]): Settings {
  const preset: Sampling | undefined = own.find((one) => one.name === name) ?? PRESETS[name as PresetName];
  if (preset === undefined) return settings;
  const { temperature, topP, topK, minP, repetitionPenalty } = preset;
  return { ...settings, preset: name, temperature, topP, topK, minP, repetitionPenalty };
}

/** Settings out of untrusted JSON: what does not fit is as in {@link DEFAULTS}. */
export function settingsOf(json: unknown): Settings {
  if (typeof json !== 'object' || json === null) return DEFAULTS;
  const given = json as Record<string, unknown>;
  const number = (name: FigureName): number | null =>
    typeof given[name] === 'number' ? (figure(name, String(given[name])) ?? null) : null;
  const string = (name: string, longest: number): string => (typeof given[name] === 'string' ? given[name].slice(0, longest) : '');
  const oneOf = <T extends string>(name: string, values: readonly T[], otherwise: T): T =>
    values.find((value) => value === given[name]) ?? otherwise;
  return {
    preset: string('preset', 60) || 'own',
    system: string('system', 200_000),
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    minP: number('minP'),
    repetitionPenalty: number('repetitionPenalty'),
    maxTokens: number('maxTokens'),
    seed: number('seed'),
    reasoning: oneOf('reasoning', ['default', 'none', 'low', 'medium', 'high'], 'default'),
    format: oneOf('format', ['text', 'json', 'schema'], 'text'),
    schema: string('schema', 200_000),
    tools: string('tools', 200_000),
  };
}

/** What is wrong with a JSON text: null if it is empty or as wanted. */
export function jsonFault(text: string, want: 'object' | 'array'): string | null {
  if (text.trim() === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    const fits = want === 'array' ? Array.isArray(value) : typeof value === 'object' && value !== null && !Array.isArray(value);
    return fits ? null : want;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
