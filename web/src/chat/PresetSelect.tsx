import { words } from '../i18n/index.ts';
import { ownPresets } from '../store/prefs.ts';
import type { Lane } from './session.ts';
import { PRESETS, withPreset, type PresetName } from './settings.ts';

/** How answers are drawn, by name. */
export function PresetSelect({ lane, id }: { lane: Lane; id?: string }) {
  const w = words.value;
  const now = lane.settings.value.preset;
  const own = ownPresets.value;
  const known = now in PRESETS || own.some((preset) => preset.name === now);
  return (
    <select
      id={id}
      class="select"
      aria-label={id === undefined ? w.preset : undefined}
      title={w.preset}
      value={known ? now : 'own'}
      onChange={(event) => {
        lane.settings.value = withPreset(lane.settings.value, event.currentTarget.value, own);
        lane.settingsChanged();
      }}
    >
      {(Object.keys(PRESETS) as PresetName[]).map((name) => (
        <option key={name} value={name}>
          {w.presets[name]}
        </option>
      ))}
      {own.map((preset) => (
        <option key={preset.name} value={preset.name}>
          {preset.name}
        </option>
      ))}
      {!known && <option value="own">{w.presetOwn}</option>}
    </select>
  );
}
