import { useEffect, useRef, useState } from 'preact/hooks';
import { modelNamed } from '../api/models.ts';
import { clock, duration, moment, number, words } from '../i18n/index.ts';
import { direction } from '../markdown/direction.ts';
import { Markdown } from '../markdown/Markdown.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { copyText } from '../ui/clipboard.ts';
import { Icon } from '../ui/Icon.tsx';
import { go } from '../route.ts';
import { fit } from './Composer.tsx';
import { FiguresLine } from './FiguresLine.tsx';
import type { Failure, Message, ToolCall } from './message.ts';
import type { Lane, Session } from './session.ts';
import { siblings } from './tree.ts';

interface MessageProps {
  readonly session: Session;
  readonly lane: Lane;
  readonly id: string;
}

/** One message. It reads its own signal, so a token that arrives draws this message and no other. */
export function MessageView({ session, lane, id }: MessageProps) {
  const message = lane.message(id).value;
  return message.role === 'user' ? (
    <UserMessage lane={lane} message={message} />
  ) : (
    <AssistantMessage session={session} lane={lane} message={message} />
  );
}

function UserMessage({ lane, message }: { lane: Lane; message: Message }) {
  const w = words.value;
  if (lane.editing.value === message.id) return <Editor lane={lane} message={message} />;
  return (
    <article class="message user" aria-label={w.you} data-id={message.id}>
      <div class={direction(message.text) === null ? 'said neutral' : 'said'} dir="auto">
        {message.text}
      </div>
      <div class="message-foot">
        <div class="actions">
          <Branches lane={lane} id={message.id} />
          <IconButton icon="edit" label={w.edit} disabled={lane.busy.value} onClick={() => (lane.editing.value = message.id)} />
          <CopyButton text={message.text} />
        </div>
        <time class="when" dateTime={new Date(message.created).toISOString()} title={moment(message.created)}>
          {clock(message.created)}
        </time>
      </div>
    </article>
  );
}

function Editor({ lane, message }: { lane: Lane; message: Message }) {
  const w = words.value;
  const [text, setText] = useState(message.text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = field.current!;
    fit(area);
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  }, []);
  const close = (): void => {
    lane.editing.value = null;
    document.getElementById('composer')?.focus();
  };
  const send = (): void => {
    if (text.trim() === '') return;
    close();
    void lane.edit(message.id, text.trim());
  };
  return (
    <article class="message user editing" aria-label={w.editMessage} data-id={message.id}>
      <textarea
        ref={field}
        dir="auto"
        aria-label={w.editMessage}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          fit(event.currentTarget);
        }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') {
            event.stopPropagation();
            close();
          } else if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault();
            send();
          }
        }}
      />
      <div class="row">
        <Button kind="primary" onClick={send} disabled={text.trim() === ''}>
          {w.sendEdited}
        </Button>
        <Button onClick={close}>{w.cancel}</Button>
      </div>
    </article>
  );
}

function AssistantMessage({ session, lane, message }: { session: Session; lane: Lane; message: Message }) {
  const w = words.value;
  const name = message.model ?? w.model;
  const streaming = message.state === 'streaming';
  const silent = message.text === '' && message.reasoning === '' && message.toolCalls.length === 0;
  const last = lane.path.value[lane.path.value.length - 1] === message.id;
  const open = message.state === 'stopped' || message.finish === 'length' || message.failure?.kind === 'interrupted';
  return (
    <article class="message assistant" aria-label={w.answerOf(name)} aria-busy={streaming} data-id={message.id} data-state={message.state}>
      <header class="message-head">
        <h2 class="who" dir="auto">
          {name}
        </h2>
        <time class="when" dateTime={new Date(message.created).toISOString()} title={moment(message.created)}>
          {clock(message.created)}
        </time>
      </header>
      {message.reasoning !== '' && <Thinking message={message} />}
      {message.text !== '' && <Markdown text={message.text} ended={!streaming} />}
      {message.toolCalls.length > 0 && <ToolCalls calls={message.toolCalls} />}
      {streaming && silent && <Waiting model={message.model} />}
      {message.failure !== null && (
        <FailureNote failure={message.failure} onRetry={() => void lane.regenerate(message.id)} busy={lane.busy.value} />
      )}
      {message.state === 'stopped' && <p class="aside">{w.stopped}</p>}
      {message.state === 'done' && message.finish === 'length' && <p class="aside">{w.reachedLimit}</p>}
      {!streaming && (
        <div class="message-foot">
          {message.figures && <FiguresLine figures={message.figures} contextLength={modelNamed(message.model)?.contextLength ?? null} />}
          <div class="actions">
            <Branches lane={lane} id={message.id} />
            {message.failure === null && (
              <IconButton icon="again" label={w.regenerate} disabled={lane.busy.value} onClick={() => void lane.regenerate(message.id)} />
            )}
            {last && open && message.text !== '' && (
              <IconButton icon="onward" label={w.goOn} disabled={lane.busy.value} onClick={() => void lane.goOn(message.id)} />
            )}
            {message.text !== '' && (
              <>
                <CopyButton text={message.text} />
                <IconButton icon="fork" label={w.fork} onClick={() => void session.fork(lane, message.id).then((chat) => go({ page: 'chat', id: chat }))} />
              </>
            )}
          </div>
        </div>
      )}
    </article>
  );
}

function Waiting({ model }: { model: string | null }) {
  const w = words.value;
  const known = modelNamed(model);
  const loading = known?.state === 'loading' || (known?.state === 'unloaded' && !known.jerboa);
  return (
    <p class="waiting">
      <span class="hops" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {loading && model !== null ? w.loadingModel(model) : w.waiting}
    </p>
  );
}

/** Thinking is open while it goes on, and folds when the answer begins, unless the reader has opened or closed it. */
function Thinking({ message }: { message: Message }) {
  const w = words.value;
  const live = message.state === 'streaming' && message.text === '';
  const [chosen, choose] = useState<boolean | null>(null);
  const open = chosen ?? live;
  return (
    <details class={live ? 'thinking live' : 'thinking'} open={open}>
      <summary
        onClick={(event) => {
          event.preventDefault();
          choose(!open);
        }}
      >
        <Icon name="chevron" />
        {live ? w.thinking : message.reasoningMillis === null ? w.thinking : w.thought(duration(message.reasoningMillis))}
      </summary>
      {open && (
        <div dir={direction(message.reasoning) ?? undefined}>
          <Markdown text={message.reasoning} ended={!live} />
        </div>
      )}
    </details>
  );
}

function ToolCalls({ calls }: { calls: readonly ToolCall[] }) {
  const w = words.value;
  return (
    <section class="tool-calls" aria-label={w.toolCall}>
      {calls.map((call, i) => (
        <figure class="code tool" key={i} dir="ltr">
          <figcaption>
            <span class="language">
              <Icon name="tool" />
              {call.name || '…'}
            </span>
          </figcaption>
          <pre dir="ltr">
            <code>{pretty(call.arguments)}</code>
          </pre>
        </figure>
      ))}
      <p class="aside">{w.toolNote}</p>
    </section>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // still growing
  }
}

function FailureNote({ failure, onRetry, busy }: { failure: Failure; onRetry: () => void; busy: boolean }) {
  const w = words.value;
  return (
    <div class="failure" role="alert">
      <Icon name="alert" />
      <div>
        <p class="failure-words">{w.failures[failure.kind]}</p>
        {failure.detail !== '' && failure.kind !== 'offline' && failure.kind !== 'interrupted' && (
          <p class="failure-detail" dir="auto">
            {w.serverSays(failure.detail)}
            {failure.status !== null && ` (${failure.status})`}
          </p>
        )}
        <Button icon="again" onClick={onRetry} disabled={busy}>
          {w.retry}
        </Button>
      </div>
    </div>
  );
}

function Branches({ lane, id }: { lane: Lane; id: string }) {
  const w = words.value;
  const { ids, index } = siblings(lane.tree.value, id);
  if (ids.length < 2) return null;
  const step = (by: number): void => lane.show(ids[index + by]!);
  return (
    <div class="branches" role="group" aria-label={w.branchOf(number(index + 1), number(ids.length))}>
      <IconButton icon="previous" label={w.previousBranch} disabled={index === 0 || lane.busy.value} onClick={() => step(-1)} />
      <span class="branch-place" aria-hidden="true">
        {number(index + 1)}/{number(ids.length)}
      </span>
      <IconButton icon="next" label={w.nextBranch} disabled={index === ids.length - 1 || lane.busy.value} onClick={() => step(1)} />
    </div>
  );
}

function CopyButton({ text }: { text: string }) {
  const w = words.value;
  const [copied, setCopied] = useState(false);
  return (
    <IconButton
      icon={copied ? 'check' : 'copy'}
      label={copied ? w.copied : w.copy}
      onClick={() => {
        void copyText(text);
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      }}
    />
  );
}
