import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/index.ts';
import { Icon } from '../ui/Icon.tsx';

interface ComposerProps {
  readonly placeholder: string;
  readonly busy: boolean;
  readonly onSend: (text: string) => void;
  readonly onStop: () => void;
  readonly onEditLast: () => void;
}

/** Where one writes. Enter sends, Shift+Enter begins a line, and Arrow up in an empty field edits the last message. */
export function Composer({ placeholder, busy, onSend, onStop, onEditLast }: ComposerProps) {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const w = words.value;
  useEffect(() => field.current?.focus({ preventScroll: true }), []);
  useEffect(() => fit(field.current!), [text]);
  const send = (): void => {
    if (busy || text.trim() === '') return;
    onSend(text.trim());
    setText('');
  };
  const keys = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && text === '' && !event.shiftKey) {
      event.preventDefault();
      onEditLast();
    }
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-field">
        <textarea
          ref={field}
          id="composer"
          rows={1}
          dir={text === '' ? undefined : 'auto'}
          aria-label={w.message}
          placeholder={placeholder}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={keys}
        />
        {busy ? (
          <button type="button" class="send stop" aria-label={w.stop} title={w.stop} onClick={onStop}>
            <Icon name="stop" />
          </button>
        ) : (
          <button type="submit" class="send" aria-label={w.send} title={w.send} disabled={text.trim() === ''}>
            <Icon name="send" />
          </button>
        )}
      </div>
      <p class="keys-hint">{w.keysHint}</p>
    </form>
  );
}

/** Makes a field as high as its text, up to what its style allows. */
export function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight + 2}px`;
}
