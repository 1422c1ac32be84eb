import { useEffect, useId, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockFace, words } from '../i18n/index.ts';
import { language } from '../store/prefs.ts';
import { dark } from '../ui/theme.ts';
import { samples } from './watch.ts';
import type { Sample } from './samples.ts';

export interface Line {
  readonly label: string;
  readonly of: (sample: Sample) => number | null;
  /** Which of the plot colours. */
  readonly colour: 1 | 2 | 3;
}

interface PlotProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly show: (value: number) => string;
  readonly top?: number;
  /** Whether values are whole numbers. */
  readonly whole?: boolean;
}

const HEIGHT = 170;
const ROWS = 15;

/** Lines over time, or the same as a table. */
export function Plot({ title, lines, show, top, whole }: PlotProps) {
  const w = words.value;
  const [asTable, setAsTable] = useState(false);
  const id = useId();
  const last = samples.value[samples.value.length - 1];
  return (
    <section class="plot" aria-labelledby={id}>
      <header class="plot-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet-button" aria-pressed={asTable} aria-label={`${w.table}: ${title}`} onClick={() => setAsTable(!asTable)}>
          {w.table}
        </button>
      </header>
      <ul class="plot-keys" role="list">
        {lines.map((line) => {
          const value = last === undefined ? null : line.of(last);
          return (
            <li key={line.label}>
              <span class={`swatch colour-${line.colour}`} aria-hidden="true" />
              {line.label}
              <b>{value === null ? w.unknown : show(value)}</b>
            </li>
          );
        })}
      </ul>
      {asTable ? <SampleTable title={title} lines={lines} show={show} /> : <Chart title={title} lines={lines} show={show} whole={whole ?? false} {...(top === undefined ? {} : { top })} />}
    </section>
  );
}

function Chart({ title, lines, show, top, whole }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shade = dark.value;
  const tongue = language.value;
  useEffect(() => {
    const box = place.current!;
    const made = (plot.current = new uPlot(options(lines, show, box.clientWidth, whole ?? false, top), data(lines), box));
    const sized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    return () => {
      sized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shade, tongue]);
  const all = samples.value;
  useEffect(() => plot.current?.setData(data(lines)), [all]);
  return <div class="plot-place" dir="ltr" ref={place} role="img" aria-label={title} />;
}

function data(lines: readonly Line[]): uPlot.AlignedData {
  const all = samples.peek();
  return [all.map((one) => one.time / 1000), ...lines.map((line) => all.map(line.of))];
}

function options(lines: readonly Line[], show: (value: number) => string, width: number, whole: boolean, top?: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const grid = { stroke: colour('--line'), width: 1 };
  const text = { stroke: colour('--ink-soft'), font: `12px ${style.getPropertyValue('--sans')}`, grid, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 26, 0, 0], // room for half of the last time
    scales: {
      x: { time: true, range: (_, min, max) => [Math.min(min, max - 60), max] },
      y: { range: (_, __, max) => [0, top ?? (max > 0 ? max * 1.1 : whole ? 4 : 1)] },
    },
    axes: [
      { ...text, size: 30, space: 90, values: (_, at) => at.map((seconds) => clockFace(seconds * 1000)) },
      { ...text, size: 62, space: 36, ...(whole ? { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] } : {}), values: (_, at) => at.map(show) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(`--plot-${line.colour}`),
        fill: `color-mix(in srgb, ${colour(`--plot-${line.colour}`)} ${lines.length === 1 ? 14 : 7}%, transparent)`,
        width: 1.75,
        points: { show: false },
      })),
    ],
  };
}

function SampleTable({ title, lines, show }: Pick<PlotProps, 'title' | 'lines' | 'show'>) {
  const w = words.value;
  return (
    <div class="plot-table" tabIndex={0} role="region" aria-label={w.plotTable(title)}>
      <table>
        <thead>
          <tr>
            <th scope="col">{w.time}</th>
            {lines.map((line) => (
              <th scope="col" key={line.label}>
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {samples.value
            .slice(-ROWS)
            .reverse()
            .map((one) => (
              <tr key={one.time}>
                <th scope="row">{clockFace(one.time)}</th>
                {lines.map((line) => {
                  const value = line.of(one);
                  return <td key={line.label}>{value === null ? w.unknown : show(value)}</td>;
                })}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
