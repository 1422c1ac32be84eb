import { useId, useState } from 'preact/hooks';
import { number, words } from '../i18n/index.ts';
import { ownPresets, startSettings } from '../store/prefs.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { say } from '../ui/notice.tsx';
import { settingsFor } from './open.ts';
import { PresetSelect } from './PresetSelect.tsx';
import type { Lane } from './session.ts';
import { DEFAULTS, figure, jsonFault, RANGES, type FigureName, type Format, type Reasoning, type Settings } from './settings.ts';

const SAMPLING: readonly FigureName[] = ['temperature', 'topP', 'topK', 'minP', 'repetitionPenalty', 'seed'];
const SAMPLED = new Set<FigureName>(['temperature', 'topP', 'topK', 'minP', 'repetitionPenalty']);

/** A lane's settings. Each change holds at once, for the answers that come. */
export function SettingsDialog({ lane }: { lane: Lane }) {
  const w = words.value;
  const settings = lane.settings.value;
  const change = (part: Partial<Settings>): void => {
    lane.settings.value = { ...settings, ...part };
    lane.settingsChanged();
  };
  const preset = useId();
  return (
    <Dialog title={w.settingsFor(lane.target() ?? w.noModel)} onClose={() => (settingsFor.value = null)} class="settings">
      <div class="settings-body">
        <TextField label={w.systemPrompt} hint={w.systemHint} rows={3} value={settings.system} onChange={(system) => change({ system })} first />
        <fieldset>
          <legend>{w.sampling}</legend>
          <div class="field">
            <label for={preset}>{w.preset}</label>
            <PresetSelect lane={lane} id={preset} />
          </div>
          <div class="figure-grid">
            {SAMPLING.map((name) => (
              <FigureField
                key={name}
                name={name}
                value={settings[name]}
                onChange={(value) => change({ [name]: value, ...(SAMPLED.has(name) ? { preset: 'own' } : {}) })}
              />
            ))}
          </div>
          <OwnPresets lane={lane} />
        </fieldset>
        <fieldset>
          <legend>{w.answerGroup}</legend>
          <div class="figure-grid">
            <FigureField name="maxTokens" value={settings.maxTokens} onChange={(maxTokens) => change({ maxTokens })} />
            <SelectField<Reasoning> label={w.reasoning} value={settings.reasoning} names={w.reasonings} onChange={(reasoning) => change({ reasoning })} />
            <SelectField<Format> label={w.format} value={settings.format} names={w.formats} onChange={(format) => change({ format })} />
          </div>
          {settings.format === 'schema' && (
            <TextField label={w.schema} json="object" rows={5} value={settings.schema} onChange={(schema) => change({ schema })} />
          )}
        </fieldset>
        <fieldset>
          <legend>{w.toolsGroup}</legend>
          <TextField label={w.tools} hint={w.toolsHint} json="array" rows={3} value={settings.tools} onChange={(tools) => change({ tools })} />
        </fieldset>
      </div>
      <footer class="dialog-foot">
        <Button
          onClick={() => {
            lane.settings.value = DEFAULTS;
            lane.settingsChanged();
          }}
        >
          {w.resetSettings}
        </Button>
        <Button
          onClick={() => {
            startSettings.value = lane.settings.value;
            say(w.startSaved);
          }}
        >
          {w.startWith}
        </Button>
        <span class="spring" />
        <Button kind="primary" onClick={() => (settingsFor.value = null)}>
          {w.done}
        </Button>
      </footer>
    </Dialog>
  );
}

function FigureField({ name, value, onChange }: { name: FigureName; value: number | null; onChange: (value: number | null) => void }) {
  const w = words.value;
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const wrong = draft !== null && figure(name, draft) === undefined;
  const { min, max } = RANGES[name];
  const shown = value === null ? '' : String(value);
  return (
    <div class="field">
      <label for={id}>{w.labels[name]}</label>
      <input
        id={id}
        type="text"
        dir="ltr"
        inputMode="decimal"
        autocomplete="off"
        placeholder={w.serverChooses}
        value={wrong ? draft : shown}
        aria-invalid={wrong}
        aria-describedby={wrong ? `${id}-fault` : undefined}
        onChange={(event) => {
          const text = event.currentTarget.value;
          const read = figure(name, text);
          setDraft(text);
          if (read !== undefined) onChange(read);
        }}
      />
      {wrong && (
        <p class="fault" id={`${id}-fault`}>
          {w.outOfRange(number(min), number(max))}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly json?: 'object' | 'array';
  readonly rows: number;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly first?: boolean;
}

function TextField({ label, hint, json, rows, value, onChange, first }: TextFieldProps) {
  const w = words.value;
  const id = useId();
  const fault = json === undefined ? null : jsonFault(value, json);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id}
        rows={rows}
        dir={json !== undefined ? 'ltr' : value === '' ? undefined : 'auto'}
        class={json === undefined ? '' : 'code-field'}
        spellcheck={json === undefined}
        value={value}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-hint`}
        data-first={first}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p class={fault === null ? 'hint' : 'fault'} id={`${id}-hint`}>
        {fault === null ? hint : w.jsonFault(fault === 'object' || fault === 'array' ? w.jsonWants[fault] : fault)}
      </p>
    </div>
  );
}

interface SelectFieldProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly names: Readonly<Record<T, string>>;
  readonly onChange: (value: T) => void;
}

function SelectField<T extends string>({ label, value, names, onChange }: SelectFieldProps<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} class="select" value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {(Object.keys(names) as T[]).map((name) => (
          <option key={name} value={name}>
            {names[name]}
          </option>
        ))}
      </select>
    </div>
  );
}

function OwnPresets({ lane }: { lane: Lane }) {
  const w = words.value;
  const [name, setName] = useState('');
  const settings = lane.settings.value;
  const isOwn = ownPresets.value.some((preset) => preset.name === settings.preset);
  const save = (): void => {
    const { temperature, topP, topK, minP, repetitionPenalty } = settings;
    const preset = { name: name.trim(), temperature, topP, topK, minP, repetitionPenalty };
    ownPresets.value = [...ownPresets.value.filter((one) => one.name !== preset.name), preset];
    lane.settings.value = { ...settings, preset: preset.name };
    lane.settingsChanged();
    setName('');
  };
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') save();
      }}
    >
      <input type="text" dir={name === '' ? undefined : 'auto'} aria-label={w.presetName} placeholder={w.presetName} maxLength={60} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      <Button type="submit" disabled={name.trim() === ''}>
        {w.savePreset}
      </Button>
      {isOwn && (
        <Button
          kind="danger"
          onClick={() => {
            ownPresets.value = ownPresets.value.filter((one) => one.name !== settings.preset);
            lane.settings.value = { ...settings, preset: 'own' };
            lane.settingsChanged();
          }}
        >
          {w.deletePreset}
        </Button>
      )}
    </form>
  );
}
