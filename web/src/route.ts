import { signal } from '@preact/signals';

/** Where in the page one is, kept in the address after `#`. */
export type Route =
  | { readonly page: 'new' }
  | { readonly page: 'compare' }
  | { readonly page: 'chat'; readonly id: string }
  | { readonly page: 'server' }
  | { readonly page: 'usage'; readonly section: string }
  | { readonly page: 'keys' }
  | { readonly page: 'prices' };

export const route = signal<Route>(parse(location.hash));

addEventListener('hashchange', () => (route.value = parse(location.hash)));

function parse(hash: string): Route {
  const [page, id] = hash.replace(/^#\/?/, '').split('/');
  if (page === 'server' || page === 'compare' || page === 'keys' || page === 'prices') return { page };
  if (page === 'usage') return { page, section: id ?? '' };
  if (page === 'chat' && id) return { page, id };
  return { page: 'new' };
}

export function address(to: Route): string {
  switch (to.page) {
    case 'new':
      return '#/';
    case 'chat':
      return `#/chat/${to.id}`;
    case 'usage':
      return to.section === '' ? '#/usage' : `#/usage/${to.section}`;
    default:
      return `#/${to.page}`;
  }
}

export function go(to: Route): void {
  if (location.hash === address(to) || (to.page === 'new' && location.hash === '')) route.value = { ...to };
  else location.hash = address(to);
}

/** Gives the place one is at another address, without going there. */
export function rename(to: Route): void {
  history.replaceState(null, '', address(to));
  route.value = to;
}
