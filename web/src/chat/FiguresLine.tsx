import { duration, number, percent, words } from '../i18n/index.ts';
import type { Figures } from './message.ts';

/** What an answer took, in one quiet line, and how much of the context is used. */
export function FiguresLine({ figures, contextLength }: { figures: Figures; contextLength: number | null }) {
  const w = words.value;
  const parts: { name: string; text: string; hint?: string }[] = [];
  if (figures.tokensPerSecond !== null) {
    parts.push({ name: 'speed', text: w.speed(number(figures.tokensPerSecond, { maximumSignificantDigits: 3 })) });
  }
  if (figures.firstTokenMillis !== null) parts.push({ name: 'first', text: w.firstToken(duration(figures.firstTokenMillis)) });
  if (figures.promptTokens !== null) {
    const cached = figures.cachedTokens ? ` (${w.cachedTokens(number(figures.cachedTokens))})` : '';
    parts.push({ name: 'prompt', text: w.promptTokens(number(figures.promptTokens)) + cached });
  }
  if (figures.generatedTokens) {
    const guessed = figures.counted === 'chunks';
    parts.push({
      name: 'generated',
      text: (guessed ? '≈ ' : '') + w.generatedTokens(number(figures.generatedTokens)),
      ...(guessed ? { hint: w.countedChunks } : {}),
    });
  }
  const tokens = figures.promptTokens === null ? null : figures.promptTokens + (figures.generatedTokens ?? 0);
  const used = tokens === null || contextLength === null ? null : Math.min(tokens, contextLength); // the last token takes no place
  if (parts.length === 0) return null;
  return (
    <div class="figures" role="group" aria-label={w.figures}>
      {parts.map((part) => (
        <span key={part.name} data-figure={part.name} title={part.hint}>
          {part.text}
        </span>
      ))}
      {used !== null && contextLength !== null && <ContextBar used={used} all={contextLength} />}
    </div>
  );
}

function ContextBar({ used, all }: { used: number; all: number }) {
  const w = words.value;
  const label = w.contextUsed(number(used), number(all));
  const share = Math.min(1, used / all);
  return (
    <span class="context" title={label}>
      <span class={share > 0.85 ? 'context-bar tight' : 'context-bar'} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={all} aria-valuenow={used}>
        <span class="context-fill" style={{ inlineSize: `${Math.max(4, share * 100)}%` }} />
      </span>
      <span aria-hidden="true">{w.contextShare(percent(share))}</span>
    </span>
  );
}
