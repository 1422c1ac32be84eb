import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon, type IconName } from './Icon.tsx';

export interface Choice {
  readonly label: string;
  readonly act: () => void;
  readonly danger?: boolean;
}

/** A button that opens a short menu, in the browser's top layer so that no scrolling box cuts it off. */
export function Menu({ label, icon, choices }: { label: string; icon: IconName; choices: readonly Choice[] }) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!open) return undefined;
    const menu = list.current!;
    menu.showPopover();
    place(menu, button.current!.getBoundingClientRect());
    menu.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    const away = (event: Event): void => {
      if (!menu.contains(event.target as Node) && !button.current!.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', away);
    document.addEventListener('scroll', away, true);
    return () => {
      document.removeEventListener('pointerdown', away);
      document.removeEventListener('scroll', away, true);
    };
  }, [open]);
  const close = (): void => {
    setOpen(false);
    button.current?.focus();
  };
  const keys = (event: KeyboardEvent): void => {
    const items = [...list.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      items[(at + step + items.length) % items.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  return (
    <>
      <button
        type="button"
        ref={button}
        class="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
      </button>
      {open && (
        <div ref={list} id={id} class="menu" role="menu" aria-label={label} popover="manual" onKeyDown={keys}>
          {choices.map((choice) => (
            <button
              type="button"
              role="menuitem"
              key={choice.label}
              class={choice.danger ? 'danger' : ''}
              onClick={() => {
                close();
                choice.act();
              }}
            >
              {choice.label}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

function place(menu: HTMLElement, by: DOMRect): void {
  const { width, height } = menu.getBoundingClientRect();
  const rtl = document.documentElement.dir === 'rtl';
  const left = rtl ? by.left : by.right - width;
  const below = by.bottom + 4 + height < innerHeight;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? by.bottom + 4 : Math.max(8, by.top - 4 - height)}px`;
}
