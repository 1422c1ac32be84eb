import { effect, signal } from '@preact/signals';
import { DEFAULTS, settingsOf, type OwnPreset, type Settings } from '../chat/settings.ts';

/** What the reader chose for this browser, in localStorage. */

export type ThemeChoice = 'system' | 'light' | 'dark';
export type Language = 'en' | 'ar';

const NAME = 'jerboa.prefs';
const stored = read();

export const theme = signal<ThemeChoice>(stored['theme'] === 'light' || stored['theme'] === 'dark' ? stored['theme'] : 'system');
export const language = signal<Language>(
  stored['language'] === 'en' || stored['language'] === 'ar' ? stored['language'] : navigator.language.startsWith('ar') ? 'ar' : 'en',
);
/** The model and settings with which a new chat begins. */
export const lastModel = signal<string | null>(typeof stored['model'] === 'string' ? stored['model'] : null);
export const startSettings = signal<Settings>(stored['settings'] === undefined ? DEFAULTS : settingsOf(stored['settings']));
export const ownPresets = signal<readonly OwnPreset[]>(presetsOf(stored['presets']));
/** Whether the menu is open; where it covers the page it is closed until it is asked for. */
export const NARROW = '(max-width: 820px)';
export const sidebarOpen = signal(stored['sidebar'] !== false && !matchMedia(NARROW).matches);

effect(() => {
  const prefs = {
    theme: theme.value,
    language: language.value,
    model: lastModel.value,
    settings: startSettings.value,
    presets: ownPresets.value,
    sidebar: matchMedia(NARROW).matches ? stored['sidebar'] : sidebarOpen.value,
  };
  try {
    localStorage.setItem(NAME, JSON.stringify(prefs));
  } catch {
    // a browser that keeps nothing: choices hold until the page is closed
  }
});

function read(): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(localStorage.getItem(NAME) ?? '{}');
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function presetsOf(value: unknown): OwnPreset[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, 50).flatMap((entry: unknown) => {
    const name = typeof entry === 'object' && entry !== null ? (entry as Record<string, unknown>)['name'] : undefined;
    if (typeof name !== 'string' || name === '') return [];
    const { temperature, topP, topK, minP, repetitionPenalty } = settingsOf(entry);
    return [{ name: name.slice(0, 60), temperature, topP, topK, minP, repetitionPenalty }];
  });
}
