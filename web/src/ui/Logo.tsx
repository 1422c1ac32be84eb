/** A jerboa in mid-leap. The same drawing is `public/jerboa.svg`. */
export function Logo({ class: extra }: { class?: string }) {
  return (
    <svg class={`logo ${extra ?? ''}`} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path class="logo-tail" d="M24 36.5C15.5 40 7 36 5.5 27 4.6 21.5 7.5 16 12 14.5" />
      <path class="logo-tuft" d="M9.5 17.5C8.5 12 12.5 6.5 19 6c-.5 6-4 10.5-9.5 11.5z" />
      <path class="logo-far" d="M38 21.5C34.5 16.5 33 9.5 35.2 4c5 2.6 7.6 8.5 7.4 14.5zM29 42l-4 9.5-6.6 9c-1 1.4-3.2.2-2.5-1.4L20 50l3-9z" />
      <path
        class="logo-body"
        d="M50.5 22.5C54 24 57.5 27 58 29.5c.4 2-2 3-5 3-2 0-3.5 1.5-5 4-1.3 2.2-3.4 4.4-6 5.8l3.2 4c.9 1.2-.7 2.5-1.8 1.5l-4.6-4.1c-2.8.7-5.7.6-8.1-.2L20.5 49.5 10 58.6c-1.4 1.2-3.3-.6-2.2-2L16 46l5.5-6.5C20.8 33 24 27.5 29.5 25c3.3-1.5 6.5-1.8 9-3.3C37.5 15 39.5 7.5 44.2 4c3.3 3.7 4.3 10 2.8 15.5 2.3.6 2.8 1.8 3.5 3z"
      />
      <circle class="logo-eye" cx="50.2" cy="26.6" r="1.5" />
    </svg>
  );
}
