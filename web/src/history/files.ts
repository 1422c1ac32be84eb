import { number, plural, bytes, words } from '../i18n/index.ts';
import { getMessages, listChats, putAll, type ChatRecord } from '../store/db.ts';
import { historyChanged } from '../store/changes.ts';
import { exportedChat, FILE_FOOT, fileHead, LIMITS, parseFile, TransferError } from '../store/transfer.ts';
import { save } from '../api/download.ts';
import { say } from '../ui/notice.tsx';

/** Saves one chat, or all of them, as a file. */
export async function exportChats(only?: ChatRecord): Promise<void> {
  const now = new Date();
  const parts: BlobPart[] = [fileHead(now)];
  const put = async (chat: ChatRecord): Promise<void> => {
    const json = exportedChat(chat, await getMessages(chat.id));
    parts.push(parts.length > 1 ? `,\n${json}` : `\n${json}`);
  };
  if (only !== undefined) {
    await put(only);
  } else {
    for (let from = 0; ; from += 50) {
      const some = await listChats(from, 50);
      for (const chat of some) await put(chat);
      if (some.length < 50) break;
    }
  }
  parts.push(FILE_FOOT);
  const day = now.toISOString().slice(0, 10);
  const name = only === undefined ? `jerboa-chats-${day}.json` : `jerboa-${fileName(only.title)}-${day}.json`;
  save(new Blob(parts, { type: 'application/json' }), name);
}

function fileName(title: string): string {
  return title.normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 40) || 'chat';
}

/** Lets the reader choose a file and adds its chats. */
export function importChats(): void {
  const field = document.createElement('input');
  field.type = 'file';
  field.accept = 'application/json,.json';
  field.onchange = () => {
    const file = field.files?.[0];
    if (file !== undefined) void take(file);
  };
  field.click();
}

async function take(file: File): Promise<void> {
  const w = words.value;
  if (file.size > LIMITS.fileBytes) return say(w.importTooLarge(bytes(LIMITS.fileBytes)));
  try {
    const { chats, messages } = parseFile(await file.text());
    await putAll(chats, messages);
    historyChanged();
    say(w.imported(plural(w.chatCount, chats.length)));
  } catch (error) {
    if (error instanceof TransferError) say(w.importFailed(error.at, error.expected));
    else say(w.importFailed('file', error instanceof Error ? error.message : number(0)));
  }
}
