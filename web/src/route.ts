import { signal } from '@preact/signals';

/** Where in the page one is, kept in the address after `#`. */
export type Route =
  | { readonly page: 'new' }
  | { readonly page: 'compare' }
  | { readonly page: 'chat'; readonly id: string }
  | { readonly page: 'server' };

export const route = signal<Route>(parse(location.hash));

addEventListener('hashchange', () => (route.value = parse(location.hash)));

function parse(hash: string): Route {
  const [page, id] = hash.replace(/^#\/?/, '').split('/');
  if (page === 'server' || page === 'compare') return { page };
  if (page === 'chat' && id) return { page, id };
  return { page: 'new' };
}

export function address(to: Route): string {
  return to.page === 'new' ? '#/' : to.page === 'chat' ? `#/chat/${to.id}` : `#/${to.page}`;
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
