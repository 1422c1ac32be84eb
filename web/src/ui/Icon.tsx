/** Line icons on a grid of 20, drawn for this page. Those that point along a line of text turn around with it. */
const PATHS = {
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  columns: 'M3.5 4.5h5.2v11H3.5zM11.3 4.5h5.2v11h-5.2z',
  chart: 'M3.5 16.5h13M5.5 13.5V9.5M9 13.5V5M12.5 13.5V8M16 13.5V3.5',
  scale: 'M10 3.5v13M6 16.5h8M4 6h12M4 6l-2 5.5h4zM16 6l-2 5.5h4z',
  pulse: 'M2.5 10.5h3.2l2-5.5 3.6 10 2.2-6 1.2 1.5h2.8',
  search: 'M8.8 14.2a5.4 5.4 0 1 0 0-10.8 5.4 5.4 0 0 0 0 10.8zM12.8 12.8 17 17',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  menu: 'M3.5 6h13M3.5 10h13M3.5 14h9',
  close: 'M5 5l10 10M15 5 5 15',
  send: 'M10 16V4.5M5 9.2l5-5 5 5',
  stop: 'M6 6h8v8H6z',
  copy: 'M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3',
  check: 'M4.5 10.5l3.7 3.8 7.3-8.3',
  edit: 'M4 16l.8-3.4L13 4.4l2.6 2.6-8.2 8.2zM11.5 6l2.5 2.5',
  again: 'M15.8 10a5.8 5.8 0 1 1-1.9-4.3M15.5 3v3.4h-3.4',
  onward: 'M4 5l5.5 5L4 15M10.5 5 16 10l-5.5 5',
  fork: 'M6 3.5v13M6 11c0-3 8-2 8-7.5M11.8 5.6 14 3.4l2.2 2.2',
  previous: 'M12 5l-5 5 5 5',
  next: 'M8 5l5 5-5 5',
  down: 'M10 4.5v11M5 10.8l5 5 5-5',
  chevron: 'M5.5 8l4.5 4.5L14.5 8',
  tune: 'M3 6.5h6.2M13.8 6.5H17M3 13.5h3.2M10.8 13.5H17M11.5 8.8a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM8.5 15.8a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z',
  tool: 'M12.2 7.8 4.4 15.6M11 5.2a3.6 3.6 0 0 0 4.6 4.4l1-1.6-2 .3-1.6-1.3.2-2 1.5-1A3.6 3.6 0 0 0 11 5.2z',
  key: 'M7 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM9.5 10.5 16.5 3.5M13 7l2.8 2.8',
  sun: 'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2.5v1.7M10 15.8v1.7M2.5 10h1.7M15.8 10h1.7M4.7 4.7l1.2 1.2M14.1 14.1l1.2 1.2M4.7 15.3l1.2-1.2M14.1 5.9l1.2-1.2',
  alert: 'M10 3.5 17.5 16.5h-15zM10 8.3v3.8M10 14.2h.01',
} as const;

export type IconName = keyof typeof PATHS;

const TURNING: readonly IconName[] = ['previous', 'next', 'onward', 'menu', 'again'];

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={TURNING.includes(name) ? 'icon turning' : 'icon'} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
