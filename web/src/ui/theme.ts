import { computed, effect, signal } from '@preact/signals';
import { theme } from '../store/prefs.ts';

const query = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(query.matches);
query.addEventListener('change', () => (systemDark.value = query.matches));

export const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value));

effect(() => {
  document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light';
});
