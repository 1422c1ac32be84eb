import { useEffect, useId, useState } from 'preact/hooks';
import { listing, modelNamed, models, reachable, refreshModels, type Model } from '../api/models.ts';
import { compact, number, words } from '../i18n/index.ts';
import { lastModel } from '../store/prefs.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { pickingFor } from './open.ts';
import type { Lane } from './session.ts';

/** The lane's model and whether it is loaded; opens the picker. */
export function ModelButton({ lane }: { lane: Lane }) {
  const w = words.value;
  const id = lane.target();
  const state = modelNamed(id)?.state ?? null;
  const away = !reachable.value;
  return (
    <button type="button" class="model-button" aria-haspopup="dialog" title={`${w.chooseModel} (Ctrl+K)`} onClick={() => (pickingFor.value = lane)}>
      {(away || state !== null) && <span class={`lamp ${away ? 'failed' : state}`} aria-hidden="true" />}
      <span class="model-name" dir="auto">
        {id ?? w.noModel}
      </span>
      {away ? (
        <span class="model-state">{w.away}</span>
      ) : (
        state !== null && state !== 'ready' && <span class="model-state">{w.modelStates[state]}</span>
      )}
      <Icon name="chevron" />
    </button>
  );
}

/** The list of models, narrowed by typing, chosen by arrows and Enter. */
export function ModelPicker({ lane }: { lane: Lane }) {
  const w = words.value;
  const list = useId();
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(() => Math.max(0, models.value.findIndex((model) => model.id === lane.target())));
  useEffect(() => {
    void refreshModels();
    const timer = setInterval(() => void refreshModels(), 3000);
    return () => clearInterval(timer);
  }, []);
  const close = (): void => {
    pickingFor.value = null;
  };
  const shown = models.value.filter((model) => model.id.toLowerCase().includes(wanted.trim().toLowerCase()));
  const active = Math.min(at, shown.length - 1);
  const pick = (model: Model | undefined): void => {
    if (model === undefined) return;
    lane.model.value = model.id;
    if (lane.index === 0) lastModel.value = model.id;
    lane.settingsChanged();
    close();
  };
  const keys = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && shown.length > 0) {
      event.preventDefault();
      const next = (active + step + shown.length) % shown.length;
      setAt(next);
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      pick(shown[active]);
    }
  };
  return (
    <Dialog title={w.chooseModel} onClose={close} class="picker">
      <div class="search-field">
        <Icon name="search" />
        <input
          type="text"
          data-first
          role="combobox"
          aria-label={w.findModel}
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={active >= 0 ? `${list}-${active}` : undefined}
          placeholder={w.findModel}
          autocomplete="off"
          spellcheck={false}
          value={wanted}
          onInput={(event) => {
            setWanted(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={keys}
        />
      </div>
      {listing.value === 'failed' && (
        <p class="empty-note">
          {w.modelsFailed}{' '}
          <Button icon="again" onClick={() => void refreshModels()}>
            {w.retry}
          </Button>
        </p>
      )}
      {listing.value === 'known' && shown.length === 0 && <p class="empty-note">{w.noModels}</p>}
      <div class="options" role="listbox" id={list} aria-label={w.model}>
        {shown.map((model, i) => (
          <div
            key={model.id}
            id={`${list}-${i}`}
            role="option"
            class={i === active ? 'option active' : 'option'}
            aria-selected={model.id === lane.target()}
            onClick={() => pick(model)}
            onMouseMove={() => setAt(i)}
          >
            <span class={`lamp ${model.state ?? 'unknown'}`} aria-hidden="true" />
            <span class="option-name" dir="auto">
              {model.id}
            </span>
            <span class="option-facts">{facts(model)}</span>
            {model.id === lane.target() && <Icon name="check" />}
          </div>
        ))}
      </div>
    </Dialog>
  );
}

function facts(model: Model): string {
  const w = words.value;
  const list: string[] = [];
  if (model.state !== null) list.push(w.modelStates[model.state]);
  if (model.parameters !== null) list.push(w.parameters(compact(model.parameters)));
  if (model.type !== null) list.push(model.type);
  if (model.contextLength !== null) list.push(w.context(number(model.contextLength)));
  if (model.chat === false) list.push(w.continues);
  if (model.reasoning) list.push(w.canReason);
  if (model.tools) list.push(w.canTools);
  return list.join(' · ');
}
