import { signal } from '@preact/signals';

const notice = signal('');
let timer = 0;

/** Says something in passing, at the foot of the page. */
export function say(text: string): void {
  notice.value = text;
  clearTimeout(timer);
  timer = window.setTimeout(() => (notice.value = ''), Math.max(4000, text.length * 60));
}

export function Notice() {
  return (
    <div class="notice-place" role="status">
      {notice.value !== '' && (
        <p class="notice" dir="auto">
          {notice.value}
        </p>
      )}
    </div>
  );
}
