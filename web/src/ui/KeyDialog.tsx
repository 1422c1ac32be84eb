import { useState } from 'preact/hooks';
import { apiKey, keyWanted, setKey } from '../api/key.ts';
import { refreshModels } from '../api/models.ts';
import { words } from '../i18n/index.ts';
import { Button } from './Button.tsx';
import { Dialog } from './Dialog.tsx';

/** Asks for the key that the server wants. */
export function KeyDialog() {
  const w = words.value;
  const [key, set] = useState(apiKey.value);
  const [remember, setRemember] = useState(false);
  return (
    <Dialog title={keyWanted.value === null ? w.apiKey : w.keyTitles[keyWanted.value]} onClose={() => (keyWanted.value = null)} class="small">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setKey(key, remember);
          void refreshModels();
        }}
      >
        <p class="hint">{w.keySays}</p>
        <input type="password" dir="ltr" data-first aria-label={w.apiKey} autocomplete="off" value={key} onInput={(event) => set(event.currentTarget.value)} />
        <label class="check">
          <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.currentTarget.checked)} />
          {w.keyRemember}
        </label>
        <footer class="dialog-foot">
          <span class="spring" />
          <Button onClick={() => (keyWanted.value = null)}>{w.cancel}</Button>
          <Button kind="primary" type="submit">
            {w.keyUse}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
