import { useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { number, words } from '../i18n/index.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MessageView } from './MessageView.tsx';
import type { Lane, Session } from './session.ts';

const WINDOW = 30;

/**
 * A lane's messages. Of a long chat only the last ones are in the page; earlier ones come as the reader goes up.
 *
 * The list follows a growing answer only while the reader is at its end, and leaves them alone once they scroll up.
 */
export function LaneView({ session, lane }: { session: Session; lane: Lane }) {
  const w = words.value;
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState(WINDOW);
  const [away, setAway] = useState(false);
  const follow = useRef(true);
  const ids = useComputed(() => lane.path.value).value;
  const first = Math.max(0, ids.length - shown);
  const label = session.lanes.value.length > 1 ? `${w.conversation}, ${w.column(number(lane.index + 1))}` : w.conversation;

  useEffect(() => {
    const scroller = box.current!;
    let top = scroller.scrollTop;
    const scrolled = (): void => {
      const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
      if (scroller.scrollTop < top - 1) follow.current = below < 4;
      else if (below < 24) follow.current = true;
      top = scroller.scrollTop;
      setAway(below > 240);
    };
    const grown = new ResizeObserver(() => {
      if (follow.current) scroller.scrollTop = scroller.scrollHeight;
      else scrolled();
    });
    scroller.addEventListener('scroll', scrolled, { passive: true });
    grown.observe(content.current!);
    grown.observe(scroller);
    return () => {
      scroller.removeEventListener('scroll', scrolled);
      grown.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    setShown(WINDOW);
    toEnd();
  }, [lane]);

  const count = useRef(ids.length);
  useLayoutEffect(() => {
    if (ids.length > count.current) toEnd(); // the reader has sent something
    count.current = ids.length;
  }, [ids.length]);

  // What the reader sees stays where it is when earlier messages come above it.
  const held = useRef<{ element: Element; top: number } | null>(null);
  function showEarlier(): void {
    const element = content.current!.querySelector('.message');
    if (element !== null) held.current = { element, top: element.getBoundingClientRect().top };
    setShown((n) => n + WINDOW);
  }
  useLayoutEffect(() => {
    const place = held.current;
    held.current = null;
    if (place !== null) box.current!.scrollTop += place.element.getBoundingClientRect().top - place.top;
  }, [shown]);

  function toEnd(): void {
    follow.current = true;
    box.current!.scrollTop = box.current!.scrollHeight;
  }

  return (
    <div class="lane-box">
      <div class="lane-scroll" ref={box} tabIndex={0} role="region" aria-label={label}>
        <div class="messages" ref={content}>
          {first > 0 && <Earlier onSeen={showEarlier} />}
          {ids.slice(first).map((id) => (
            <MessageView key={id} session={session} lane={lane} id={id} />
          ))}
        </div>
      </div>
      {away && (
        <button type="button" class="to-latest" onClick={toEnd}>
          <Icon name="down" />
          {w.toLatest}
        </button>
      )}
    </div>
  );
}

function Earlier({ onSeen }: { onSeen: () => void }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) onSeen();
    });
    observer.observe(place.current!);
    return () => observer.disconnect();
  });
  return (
    <div class="earlier" ref={place}>
      <Button onClick={onSeen}>{words.value.earlier}</Button>
    </div>
  );
}
