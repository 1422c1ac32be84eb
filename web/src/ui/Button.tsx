import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './Icon.tsx';

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly class?: string;
  readonly expanded?: boolean;
}

/** A button that is only an icon: its label is read out, and shown when pointed at. */
export function IconButton({ icon, label, onClick, disabled, class: extra, expanded }: IconButtonProps) {
  return (
    <button type="button" class={`icon-button ${extra ?? ''}`} aria-label={label} title={label} aria-expanded={expanded} disabled={disabled ?? false} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}

interface ButtonProps {
  readonly onClick?: () => void;
  readonly kind?: 'plain' | 'primary' | 'danger';
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly icon?: IconName;
  readonly children: ComponentChildren;
}

export function Button({ onClick, kind = 'plain', type = 'button', disabled = false, icon, children }: ButtonProps) {
  return (
    <button type={type} class={`button ${kind}`} disabled={disabled} {...(onClick ? { onClick } : {})}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  );
}
