import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { LANGUAGES, plural, words, wordsOf } from '../i18n/index.ts';
import { keyWanted } from '../api/key.ts';
import { may, own } from '../api/keys.ts';
import { forget, session } from '../chat/open.ts';
import { Session } from '../chat/session.ts';
import { address, go, route } from '../route.ts';
import { deleteAll, deleteChat, putChat, type ChatRecord } from '../store/db.ts';
import { historyChanged } from '../store/changes.ts';
import { language, NARROW, sidebarOpen, theme, type Language, type ThemeChoice } from '../store/prefs.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Logo } from '../ui/Logo.tsx';
import { Menu } from '../ui/Menu.tsx';
import { exportChats, importChats } from './files.ts';
import { count, need, searchFor, searching, shown, total, wanted } from './list.ts';

const ROW = 38;
const BEYOND = 6;

type Asked = { readonly what: 'rename' | 'delete'; readonly chat: ChatRecord } | { readonly what: 'delete-all' } | null;

/** Where one goes from: new chat, comparison, kept chats, the server's state, and how the page looks. */
export function Sidebar() {
  const w = words.value;
  const asked = useSignal<Asked>(null);
  const leave = (): void => {
    if (matchMedia(NARROW).matches) sidebarOpen.value = false;
  };
  const here = route.value;
  return (
    <nav class="sidebar" id="sidebar" aria-label={w.menu}>
      <div class="brand">
        <a href="#/" class="brand-link" onClick={leave}>
          <Logo />
          <span>Jerboa</span>
        </a>
        <IconButton icon="menu" label={w.closeMenu} expanded={true} onClick={() => (sidebarOpen.value = false)} />
      </div>
      <div class="places">
        <button
          type="button"
          class="place"
          aria-current={here.page === 'new' ? 'page' : undefined}
          onClick={() => {
            leave();
            go({ page: 'new' });
          }}
        >
          <Icon name="plus" />
          {w.newChat}
        </button>
        <button
          type="button"
          class="place"
          aria-current={here.page === 'compare' ? 'page' : undefined}
          onClick={() => {
            leave();
            go({ page: 'compare' });
          }}
        >
          <Icon name="columns" />
          {w.compareNew}
        </button>
        <a class="place" href="#/server" aria-current={here.page === 'server' ? 'page' : undefined} onClick={leave}>
          <Icon name="pulse" />
          {w.serverState}
        </a>
        {may('usage') && (
          <a class="place" href="#/usage" aria-current={here.page === 'usage' ? 'page' : undefined} onClick={leave}>
            <Icon name="chart" />
            {w.usage.title}
          </a>
        )}
        {own.value !== null && (
          <a class="place" href="#/prices" aria-current={here.page === 'prices' ? 'page' : undefined} onClick={leave}>
            <Icon name="scale" />
            {w.prices.title}
          </a>
        )}
        {may('admin') && (
          <a class="place" href="#/keys" aria-current={here.page === 'keys' ? 'page' : undefined} onClick={leave}>
            <Icon name="key" />
            {w.keys.title}
          </a>
        )}
      </div>
      <div class="history-head">
        <h2>{w.chats}</h2>
        <Menu
          label={w.more}
          icon="more"
          choices={[
            { label: w.exportAll, act: () => void exportChats() },
            { label: w.importChats, act: importChats },
            { label: w.deleteAll, act: () => (asked.value = { what: 'delete-all' }), danger: true },
          ]}
        />
      </div>
      <div class="search-field">
        <Icon name="search" />
        <input type="search" dir={wanted.value === '' ? undefined : 'auto'} aria-label={w.search} placeholder={w.search} value={wanted.value} onInput={(event) => searchFor(event.currentTarget.value)} />
      </div>
      <ChatList onPick={leave} onAsk={(chat, what) => (asked.value = { what, chat })} />
      <div class="preferences">
        <label class="unseen" for="language">
          {w.language}
        </label>
        <select id="language" class="select quiet" value={language.value} onChange={(event) => (language.value = event.currentTarget.value as Language)}>
          {LANGUAGES.map((one) => (
            <option key={one} value={one} lang={one}>
              {wordsOf(one).name}
            </option>
          ))}
        </select>
        <label class="unseen" for="theme">
          {w.theme}
        </label>
        <select id="theme" class="select quiet" value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as ThemeChoice)}>
          {(['system', 'light', 'dark'] as const).map((one) => (
            <option key={one} value={one}>
              {w.themes[one]}
            </option>
          ))}
        </select>
        <IconButton icon="key" label={w.apiKey} onClick={() => (keyWanted.value = 'change')} />
      </div>
      <Question asked={asked.value} onClose={() => (asked.value = null)} />
    </nav>
  );
}

/** The kept chats. Only rows in view are in the page, and only as many chats are read as have been scrolled to. */
function ChatList({ onPick, onAsk }: { onPick: () => void; onAsk: (chat: ChatRecord, what: 'rename' | 'delete') => void }) {
  const w = words.value;
  const box = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState({ from: 0, to: 30 });
  useEffect(() => {
    const place = box.current!; // the ref is empty when the menu goes, before its size is no longer watched
    const measure = (): void => {
      const { scrollTop, clientHeight } = place;
      const from = Math.max(0, Math.floor(scrollTop / ROW) - BEYOND);
      const to = Math.ceil((scrollTop + clientHeight) / ROW) + BEYOND;
      setSpan((now) => (now.from === from && now.to === to ? now : { from, to }));
      need(to);
    };
    const sized = new ResizeObserver(measure);
    sized.observe(place);
    place.addEventListener('scroll', measure, { passive: true });
    return () => {
      sized.disconnect();
      place.removeEventListener('scroll', measure);
    };
  }, []);
  const here = route.value;
  const rows = shown.value.slice(span.from, span.to);
  return (
    <div class="history" ref={box}>
      {count.value === 0 && <p class="empty-note">{wanted.value === '' ? w.noChats : searching.value ? w.searching : w.noMatches}</p>}
      <ul role="list" aria-label={w.chats} style={{ blockSize: `${count.value * ROW}px` }}>
        {rows.map((chat, i) => {
          const title = chat.title || w.untitled;
          const to = { page: 'chat', id: chat.id } as const;
          const current = here.page === 'chat' && here.id === chat.id;
          return (
            <li key={chat.id} class={current ? 'chat-row current' : 'chat-row'} style={{ insetBlockStart: `${(span.from + i) * ROW}px` }}>
              <a href={address(to)} dir="auto" title={title} aria-current={current ? 'page' : undefined} onClick={onPick}>
                {title}
              </a>
              {chat.lanes.length > 1 && <Icon name="columns" />}
              <Menu
                label={w.moreFor(title)}
                icon="more"
                choices={[
                  { label: w.rename, act: () => onAsk(chat, 'rename') },
                  { label: w.exportOne, act: () => void exportChats(chat) },
                  { label: w.delete, act: () => onAsk(chat, 'delete'), danger: true },
                ]}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Question({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const w = words.value;
  if (asked === null) return null;
  if (asked.what === 'rename') return <Rename chat={asked.chat} onClose={onClose} />;
  const all = asked.what === 'delete-all';
  const remove = async (): Promise<void> => {
    onClose();
    if (all) {
      const open = session.value;
      if (open instanceof Session) forget(open.id);
      await deleteAll();
    } else {
      forget(asked.chat.id);
      await deleteChat(asked.chat.id);
    }
    historyChanged();
    const here = route.value;
    if (here.page === 'chat' && (all || here.id === asked.chat.id)) go({ page: 'new' });
  };
  return (
    <Dialog title={all ? w.deleteAllChats : w.deleteChat} onClose={onClose} class="small">
      <p>{all ? w.deleteAllSays(plural(w.chatCount, total.value)) : w.deleteChatSays(asked.chat.title || w.untitled)}</p>
      <footer class="dialog-foot">
        <span class="spring" />
        <Button onClick={onClose}>{w.cancel}</Button>
        <Button kind="danger" onClick={() => void remove()}>
          {w.delete}
        </Button>
      </footer>
    </Dialog>
  );
}

function Rename({ chat, onClose }: { chat: ChatRecord; onClose: () => void }) {
  const w = words.value;
  const [title, setTitle] = useState(chat.title);
  const keep = async (): Promise<void> => {
    onClose();
    const open = session.value;
    if (open instanceof Session && open.id === chat.id) open.title.value = title.trim();
    await putChat({ ...chat, title: title.trim().slice(0, 300) });
    historyChanged();
  };
  return (
    <Dialog title={w.renameChat} onClose={onClose} class="small">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void keep();
        }}
      >
        <input type="text" dir={title === '' ? undefined : 'auto'} data-first aria-label={w.title} maxLength={300} value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
        <footer class="dialog-foot">
          <span class="spring" />
          <Button onClick={onClose}>{w.cancel}</Button>
          <Button kind="primary" type="submit">
            {w.rename}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

