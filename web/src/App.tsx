import { lazy, Suspense } from 'preact/compat';
import { useEffect, useState } from 'preact/hooks';
import { apiKey, keyWanted } from './api/key.ts';
import { refreshOwn } from './api/keys.ts';
import { models, reachable, refreshModels } from './api/models.ts';
import { ChatPage } from './chat/ChatPage.tsx';
import { ModelPicker } from './chat/ModelPicker.tsx';
import { pickingFor, session, settingsFor } from './chat/open.ts';
import { lastFinished, Session } from './chat/session.ts';
import { SettingsDialog } from './chat/SettingsDialog.tsx';
import { Sidebar } from './history/Sidebar.tsx';
import type { Words } from './i18n/en.ts';
import { words } from './i18n/index.ts';
import { go, route, type Route } from './route.ts';
import { sidebarOpen } from './store/prefs.ts';
import { Button, IconButton } from './ui/Button.tsx';
import { Icon } from './ui/Icon.tsx';
import { KeyDialog } from './ui/KeyDialog.tsx';
import { unkept } from './store/changes.ts';
import { Notice, say } from './ui/notice.tsx';

const ServerPage = lazy(() => serverPage().catch(() => ({ default: Unreachable })));
const UsagePage = lazy(() => import('./usage/UsagePage.tsx').catch(() => ({ default: Unreachable })));
const KeysPage = lazy(() => import('./keys/KeysPage.tsx').catch(() => ({ default: Unreachable })));
const PricesPage = lazy(() => import('./prices/PricesPage.tsx').catch(() => ({ default: Unreachable })));
const PAGES = { server: ServerPage, usage: UsagePage, keys: KeysPage, prices: PricesPage };

function serverPage() {
  return import('./server/ServerPage.tsx');
}

/** In place of a page whose files could not be fetched. */
function Unreachable() {
  const w = words.value;
  return (
    <main class="page server" id="main" tabIndex={-1}>
      <div class="server-body">
        <p class="failure" role="status">
          <Icon name="alert" />
          {w.unreachable}
        </p>
        <p>
          <Button icon="again" onClick={() => location.reload()}>
            {w.retry}
          </Button>
        </p>
      </div>
    </main>
  );
}

export function App() {
  const w = words.value;
  const here = route.value;
  const open = sidebarOpen.value;
  useEffect(() => {
    void refreshModels();
    // Fetched before it is asked for: the server may be away by then.
    const early = setTimeout(() => serverPage().catch(() => {}));
    // Models may be loading, and a server may come back: look again meanwhile.
    const timer = setInterval(() => {
      if (!document.hidden && (!reachable.value || models.value.some((model) => model.state === 'loading'))) void refreshModels();
    }, 2000);
    document.addEventListener('keydown', shortcuts);
    return () => {
      clearTimeout(early);
      clearInterval(timer);
      document.removeEventListener('keydown', shortcuts);
    };
  }, []);
  const failing = unkept.value;
  useEffect(() => {
    if (failing) say(words.peek().notKept);
  }, [failing]);
  const now = session.value;
  const key = apiKey.value;
  const there = reachable.value;
  useEffect(() => {
    if (there) void refreshOwn();
  }, [key, there]);
  const title = pageTitle(here.page, w) ?? (now instanceof Session ? now.title.value : '');
  useEffect(() => {
    document.title = title === '' ? 'Jerboa' : `${title} · Jerboa`;
  }, [title]);
  const Other = here.page in PAGES ? PAGES[here.page as keyof typeof PAGES] : null;
  return (
    <div class={open ? 'shell' : 'shell narrow'}>
      <a class="skip" href="#main" onClick={toMain}>
        {w.skip}
      </a>
      {open ? (
        <>
          <Sidebar />
          <div class="veil" onClick={() => (sidebarOpen.value = false)} />
        </>
      ) : (
        <div class="opener">
          <IconButton icon="menu" label={w.menu} expanded={false} onClick={() => (sidebarOpen.value = true)} />
        </div>
      )}
      {Other === null ? (
        <ChatPage />
      ) : (
        <Suspense fallback={<main class="page" id="main" aria-busy="true" />}>
          <Other />
        </Suspense>
      )}
      {pickingFor.value !== null && <ModelPicker lane={pickingFor.value} />}
      {settingsFor.value !== null && <SettingsDialog lane={settingsFor.value} />}
      {keyWanted.value !== null && <KeyDialog key={keyWanted.value} />}
      <Announcer />
      <Notice />
    </div>
  );
}

function pageTitle(page: Route['page'], w: Words): string | null {
  switch (page) {
    case 'server':
      return w.serverState;
    case 'usage':
      return w.usage.title;
    case 'keys':
      return w.keys.title;
    case 'prices':
      return w.prices.title;
    default:
      return null;
  }
}

function toMain(event: Event): void {
  event.preventDefault(); // the address after # is the page's own
  (document.getElementById('composer') ?? document.getElementById('main'))?.focus();
}

/** Reads out answers when they are finished, not token by token. */
function Announcer() {
  const w = words.value;
  const [said, say] = useState('');
  const finished = lastFinished.value;
  useEffect(() => {
    if (finished === null) return;
    say(finished.failure === null ? `${w.finished} ${finished.text.slice(0, 1500)}` : '');
  }, [finished]);
  return (
    <div class="unseen" aria-live="polite" id="announcer">
      {said}
    </div>
  );
}

function shortcuts(event: KeyboardEvent): void {
  const open = session.value;
  const dialog = document.querySelector('dialog[open]') !== null;
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.shiftKey && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    if (!dialog && open instanceof Session && !(route.value.page in PAGES)) pickingFor.value = open.lanes.value[0]!;
  } else if (command && event.shiftKey && event.key.toLowerCase() === 'o') {
    event.preventDefault();
    if (dialog) return;
    go({ page: 'new' });
    requestAnimationFrame(() => document.getElementById('composer')?.focus());
  } else if (event.key === 'Escape' && !dialog && open instanceof Session) {
    open.stop();
  }
}
