/** A jerboa in mid-leap. The same drawing is `public/jerboa.svg`. */
export function Logo({ class: extra }: { class?: string }) {
  return (
    <svg class={`logo ${extra ?? ''}`} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
      <path class="logo-tail" d="M24 37C15 40 7 36 5.5 27 4.6 21.500 7.500 16 12.500 14.500" />
      <path class="logo-tuft" d="M10.500 17.500C9.500 12.500 13 7.500 19 7c-.5 5.500-3.500 9.500-8.500 10.500z" />
      <path
        class="logo-body"
        d="M50.500 22.500C54 24 57.500 27 58 29.500c.4 2-2 3-5 3-2 0-3.500 1.500-5 4-1.300 2.200-3.400 4.600-6 6l3.500 4.200-2.200 1.300-5-4c-3 .8-6 .7-8.500-.2L20 50l-9.500 7.500c-1.300 1-3-.6-2-1.900L16 46l5.500-6.500C20.800 33 24 27.500 29.500 25c3.300-1.500 6.500-1.800 9-3.300C37 15 38.500 7.500 43 4.500c3.500 3.500 4.300 9.500 3 15 2.500.6 3 1.800 4.500 3z"
      />
      <circle class="logo-eye" cx="50.200" cy="26.600" r="1.500" />
    </svg>
  );
}
