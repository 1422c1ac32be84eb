import { modelNamed } from '../api/models.ts';
import { words } from '../i18n/index.ts';
import { Logo } from '../ui/Logo.tsx';
import { IconButton } from '../ui/Button.tsx';
import { number } from '../i18n/index.ts';
import { Composer } from './Composer.tsx';
import { LaneView } from './LaneView.tsx';
import { ModelButton } from './ModelPicker.tsx';
import { session, settingsFor } from './open.ts';
import type { Lane, Session } from './session.ts';
import { PresetSelect } from './PresetSelect.tsx';

/** A chat, with one column or several. */
export function ChatPage() {
  const now = session.value;
  if (now === null) return <main class="page" id="main" aria-busy="true" />;
  if (now === 'gone') {
    return (
      <main class="page" id="main">
        <p class="empty-note">{words.value.chatGone}</p>
      </main>
    );
  }
  return <OpenChat key={now.id} session={now} />;
}

function OpenChat({ session }: { session: Session }) {
  const w = words.value;
  const lanes = session.lanes.value;
  const several = lanes.length > 1;
  return (
    <main class={several ? 'page compare' : 'page'} id="main" tabIndex={-1}>
      <h1 class="unseen">{session.title.value || w.newChat}</h1>
      {several ? (
        <div class="columns" role="group" aria-label={w.compare}>
          {lanes.map((lane) => (
            <section class="column" key={lane.index} aria-label={w.column(number(lane.index + 1))}>
              <LaneHead lane={lane} />
              {session.empty.value ? <p class="empty-note">{w.columnEmpty}</p> : <LaneView session={session} lane={lane} />}
            </section>
          ))}
        </div>
      ) : (
        <>
          <LaneHead lane={lanes[0]!} />
          {session.empty.value ? <Welcome session={session} lane={lanes[0]!} /> : <LaneView session={session} lane={lanes[0]!} />}
        </>
      )}
      <div class="foot">
        <Composer
          placeholder={several ? w.askBoth : modelNamed(lanes[0]!.target())?.chat === false ? w.begin : w.ask}
          busy={session.busy.value}
          onSend={(text) => void session.send(text)}
          onStop={() => session.stop()}
          onEditLast={() => editLast(lanes[0]!)}
        />
        {several && (
          <div class="column-tools">
            <IconButton icon="plus" label={w.addColumn} disabled={lanes.length >= 4 || session.busy.value} onClick={() => session.addLane()} />
            <IconButton icon="minus" label={w.dropColumn} disabled={lanes.length <= 2 || session.busy.value} onClick={() => void session.dropLane()} />
          </div>
        )}
      </div>
    </main>
  );
}

function LaneHead({ lane }: { lane: Lane }) {
  const w = words.value;
  return (
    <header class="lane-head">
      <ModelButton lane={lane} />
      <span class="spring" />
      <PresetSelect lane={lane} />
      <IconButton icon="tune" label={w.settings} onClick={() => (settingsFor.value = lane)} />
    </header>
  );
}

/** What a new chat shows: what the model is for, where that is known to be little, and something to try. */
function Welcome({ session, lane }: { session: Session; lane: Lane }) {
  const w = words.value;
  const model = modelNamed(lane.target());
  const line = model?.inside ? w.insideSays : model?.chat === false ? w.continuesSays(model.id) : w.tagline;
  return (
    <div class="welcome">
      <Logo class="welcome-logo" />
      <p class="welcome-name">Jerboa</p>
      <p class="welcome-line">{line}</p>
      {model?.inside && (
        <ul class="suggestions" role="list" aria-label={w.tryThese}>
          {w.insideAsks.map((question) => (
            <li key={question}>
              <button type="button" onClick={() => void session.send(question)}>
                {question}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function editLast(lane: Lane): void {
  if (lane.busy.value) return;
  const mine = lane.path.value.filter((id) => lane.message(id).value.role === 'user');
  lane.editing.value = mine[mine.length - 1] ?? null;
}
