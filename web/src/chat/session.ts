import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { streamReply } from '../api/chat.ts';
import { ApiError } from '../api/http.ts';
import { askForKey } from '../api/key.ts';
import { modelNamed, models, refreshModels } from '../api/models.ts';
import { deleteMessages, getChat, getMessages, putChat, putMessages, type ChatRecord, type LaneRecord } from '../store/db.ts';
import { historyChanged, unkept } from '../store/changes.ts';
import { lastModel, startSettings } from '../store/prefs.ts';
import { answer, newId, userMessage, type Message } from './message.ts';
import { failureOf, Reply } from './reply.ts';
import { requestFor } from './request.ts';
import type { Settings } from './settings.ts';
import { add, build, choose, EMPTY, leaf, path, pathTo, remove, subtree, type Tree } from './tree.ts';

const SAVE_EVERY_MILLIS = 2000;

/** The last answer that ended, for readers who listen. */
export const lastFinished = signal<Message | null>(null);

/**
 * One column of a chat: a tree of messages, the model that answers, and its settings.
 *
 * Each message is a signal of its own. While an answer streams only its signal changes, at most once a frame.
 */
export class Lane {
  readonly model: Signal<string | null>;
  readonly settings: Signal<Settings>;
  readonly tree: Signal<Tree>;
  readonly path: ReadonlySignal<string[]>;
  readonly busy = signal(false);
  /** The message that is being edited. */
  readonly editing = signal<string | null>(null);
  readonly #messages = new Map<string, Signal<Message>>();
  #abort: AbortController | null = null;

  constructor(
    private readonly session: Session,
    readonly index: number,
    record: LaneRecord,
    messages: readonly Message[],
  ) {
    this.model = signal(record.model);
    this.settings = signal(record.settings);
    for (const message of messages) this.#messages.set(message.id, signal(message));
    this.tree = signal(messages.length === 0 ? EMPTY : build(messages, record.leaf));
    this.path = computed(() => path(this.tree.value));
  }

  message(id: string): Signal<Message> {
    const found = this.#messages.get(id);
    if (found === undefined) throw new Error(`there is no message ${id} in this chat`);
    return found;
  }

  /** The model that is asked: the chosen one, else the first of the server's list that is ready and that no column before has. */
  target(): string | null {
    if (this.model.value !== null) return this.model.value;
    const taken = this.session.lanes.value.slice(0, this.index).map((lane) => lane.target());
    const ready = models.value.filter((model) => model.state === 'ready' || model.state === null);
    // one that chats before one that only continues texts
    ready.sort((a, b) => Number(a.chat === false) - Number(b.chat === false));
    return (ready.find((model) => !taken.includes(model.id)) ?? ready[0] ?? models.value[0])?.id ?? null;
  }

  record(): LaneRecord {
    return { model: this.model.peek(), settings: this.settings.peek(), leaf: leaf(this.tree.peek()) };
  }

  all(): Message[] {
    return [...this.#messages.values()].map((message) => message.peek());
  }

  /** Keeps a new model or settings, if the chat is kept at all. */
  settingsChanged(): void {
    if (this.session.kept.value) this.session.save();
  }

  send(text: string): Promise<void> {
    return this.#turn((abort) => this.#ask(leaf(this.tree.value), text, abort));
  }

  /** Says something else in a message's place: a branch beside it. */
  edit(id: string, text: string): Promise<void> {
    return this.#turn((abort) => this.#ask(this.message(id).value.parent, text, abort));
  }

  /** Answers again: a branch beside the answer. One that failed with nothing said, and nothing after it, is replaced. */
  regenerate(id: string): Promise<void> {
    return this.#turn(async (abort) => {
      const old = this.message(id).value;
      if (old.state === 'failed' && old.text === '' && !this.tree.value.children.has(id)) await this.#remove(id);
      await this.#answer(old.parent, abort);
    });
  }

  /** Goes on with an answer that was stopped or came to its limit. */
  goOn(id: string): Promise<void> {
    return this.#turn((abort) => {
      const message: Message = { ...this.message(id).value, state: 'streaming', failure: null };
      return this.#run(message, pathTo(this.tree.value, id), true, abort);
    });
  }

  stop(): void {
    this.#abort?.abort();
  }

  show(id: string): void {
    this.tree.value = choose(this.tree.value, id);
    this.session.save();
  }

  /** One turn at a time; `stop` ends it from its very beginning on. */
  async #turn(take: (abort: AbortController) => Promise<void>): Promise<void> {
    if (this.busy.value) return;
    const abort = (this.#abort = new AbortController());
    this.busy.value = true;
    try {
      await take(abort);
    } finally {
      this.#abort = null;
      this.busy.value = false;
    }
  }

  async #remove(id: string): Promise<void> {
    const gone = subtree(this.tree.value, id);
    this.tree.value = remove(this.tree.value, id);
    for (const one of gone) this.#messages.delete(one);
    await deleteMessages(gone).catch(() => (unkept.value = true));
    this.session.save();
  }

  async #ask(parent: string | null, text: string, abort: AbortController): Promise<void> {
    const message = userMessage(this.session.id, this.index, parent, text);
    this.#put(message);
    await this.session.keep([message]);
    await this.#answer(message.id, abort);
  }

  #answer(parent: string | null, abort: AbortController): Promise<void> {
    const message = answer(this.session.id, this.index, parent, this.target());
    const branch = pathTo(this.tree.value, parent);
    this.#put(message);
    return this.#run(message, branch, false, abort);
  }

  #put(message: Message): void {
    this.#messages.set(message.id, signal(message));
    this.tree.value = add(this.tree.value, message);
    this.session.save();
  }

  async #run(message: Message, branch: readonly string[], goOn: boolean, abort: AbortController): Promise<void> {
    const shown = this.message(message.id);
    const reply = new Reply(message, performance.now());
    shown.value = message;
    let frame = 0;
    let saved = performance.now();
    const draw = (): void => {
      frame = 0;
      shown.value = reply.snapshot('streaming', performance.now());
    };
    try {
      const known = modelNamed(message.model);
      const target = { model: message.model, jerboa: known?.jerboa ?? false, chat: known?.chat ?? true };
      const request = requestFor(target, this.settings.value, branch.map((id) => this.message(id).value), goOn);
      for await (const delta of streamReply(request, abort.signal)) {
        const now = performance.now();
        reply.take(delta, now);
        if (frame === 0) frame = requestAnimationFrame(draw);
        if (now - saved > SAVE_EVERY_MILLIS) {
          saved = now;
          void this.session.keep([reply.snapshot('streaming', now)]);
        }
      }
      shown.value = reply.snapshot(abort.signal.aborted ? 'stopped' : 'done', performance.now());
    } catch (error) {
      if (error instanceof ApiError && error.kind === 'unauthorized') askForKey();
      shown.value = reply.snapshot('failed', performance.now(), failureOf(error));
    } finally {
      cancelAnimationFrame(frame);
    }
    lastFinished.value = shown.value;
    void this.session.keep([shown.value]);
    this.session.save();
    const failed = shown.value.failure?.kind;
    if (failed === 'offline' || failed === 'interrupted' || modelNamed(message.model)?.state !== 'ready') void refreshModels(); // it may be gone, or loaded by now
  }
}

/** A chat that is open: one lane, or several that answer side by side. It is kept from its first message on. */
export class Session {
  readonly title: Signal<string>;
  readonly lanes: Signal<readonly Lane[]>;
  readonly kept = signal(false);
  readonly busy = computed(() => this.lanes.value.some((lane) => lane.busy.value));
  readonly empty = computed(() => this.lanes.value.every((lane) => lane.path.value.length === 0));
  #discarded = false;

  private constructor(
    readonly id: string,
    private created: number,
    title: string,
  ) {
    this.title = signal(title);
    this.lanes = signal<readonly Lane[]>([]);
  }

  static fresh(lanes: number): Session {
    const session = new Session(newId(), Date.now(), '');
    session.lanes.value = Array.from(
      { length: lanes },
      (_, i) => new Lane(session, i, { model: i === 0 ? lastModel.value : null, settings: startSettings.value, leaf: null }, []),
    );
    return session;
  }

  static async load(id: string): Promise<Session | null> {
    const record = await getChat(id);
    if (record === undefined) return null;
    const messages = (await getMessages(id)).map((message) =>
      message.state === 'streaming' ? { ...message, state: 'stopped' as const } : message, // the page was closed meanwhile
    );
    const session = new Session(id, record.created, record.title);
    session.kept.value = true;
    session.lanes.value = record.lanes.map(
      (lane, i) => new Lane(session, i, lane, messages.filter((message) => message.lane === i)),
    );
    return session;
  }

  /** The same question to every lane. */
  async send(text: string): Promise<void> {
    if (this.title.value === '') this.title.value = titleOf(text);
    await Promise.all(this.lanes.value.map((lane) => lane.send(text)));
  }

  stop(): void {
    for (const lane of this.lanes.value) lane.stop();
  }

  addLane(): void {
    const last = this.lanes.value[this.lanes.value.length - 1]!;
    this.lanes.value = [...this.lanes.value, new Lane(this, this.lanes.value.length, { ...last.record(), model: null, leaf: null }, [])];
    if (this.kept.value) this.save();
  }

  /** Leaves out the last lane, with its messages. */
  async dropLane(): Promise<void> {
    const last = this.lanes.value[this.lanes.value.length - 1]!;
    last.stop();
    this.lanes.value = this.lanes.value.slice(0, -1);
    await deleteMessages(last.all().map((message) => message.id));
    if (this.kept.value) this.save();
  }

  /** A new chat with the branch up to `id`, kept at once; gives its id. */
  async fork(lane: Lane, id: string): Promise<string> {
    const chat = newId();
    const ids = new Map<string, string>();
    const copies = pathTo(lane.tree.value, id).map((old): Message => {
      const message = lane.message(old).value;
      const copy = { ...message, id: newId(), chat, lane: 0, parent: message.parent === null ? null : (ids.get(message.parent) ?? null) };
      ids.set(old, copy.id);
      return copy;
    });
    const now = Date.now();
    const record: LaneRecord = { ...lane.record(), leaf: ids.get(id) ?? null };
    await putMessages(copies);
    await putChat({ id: chat, title: this.title.value, created: now, updated: now, lanes: [record] });
    historyChanged();
    return chat;
  }

  record(): ChatRecord {
    return { id: this.id, title: this.title.peek(), created: this.created, updated: Date.now(), lanes: this.lanes.peek().map((lane) => lane.record()) };
  }

  /** Stops, and keeps nothing from now on: the chat has been deleted. */
  discard(): void {
    this.#discarded = true;
    this.stop();
  }

  /** Keeps messages, and with them nothing of a chat that was deleted. */
  async keep(messages: readonly Message[]): Promise<void> {
    if (!this.#discarded) await putMessages(messages).catch(() => (unkept.value = true));
  }

  /** Keeps the chat's head; messages are kept one by one. */
  save(): void {
    if (this.#discarded) return;
    this.kept.value = true;
    putChat(this.record()).then(historyChanged, () => (unkept.value = true));
  }
}

export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79).trimEnd()}…` : line;
}
