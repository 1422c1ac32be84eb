import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { language } from '../store/prefs.ts';
import { dark } from '../ui/theme.ts';
import { secondsOf, stacked, type Series } from './shape.ts';
import { periodName, short } from './words.ts';

const HEIGHT = 260;
/** As many colours as can be told apart; more lines begin again. */
export const COLOURS = 8;

interface DrawingProps {
  readonly title: string;
  readonly series: Series;
  readonly unit: string;
  /** Whether lines are parts of a whole, drawn one on the other. */
  readonly bands: boolean;
  /** Which period is looked at. */
  readonly at: number;
  readonly onLook: (at: number) => void;
}

/** Lines or bands over time. */
export function Drawing({ title, series, unit, bands, at, onLook }: DrawingProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shade = dark.value;
  const tongue = language.value;
  useEffect(() => {
    const box = place.current!;
    const made = (plot.current = new uPlot(options(series, unit, bands, box.clientWidth, onLook), data(series, bands), box));
    const sized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    return () => {
      sized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shade, tongue, series, unit, bands]);
  useEffect(() => {
    const made = plot.current;
    const x = series.periods[at];
    if (made === null || x === undefined) return;
    made.setCursor({ left: made.valToPos(secondsOf(x), 'x'), top: 0 }, false);
  }, [at, series]);
  return <div class="plot-place tall" dir="ltr" ref={place} role="img" aria-label={title} />;
}

/** uPlot draws its first series first: of bands the tallest sum, whose lower ones lie on it. */
function data(series: Series, bands: boolean): uPlot.AlignedData {
  const times = series.periods.map(secondsOf);
  return [times, ...(bands ? stacked(series).reverse() : series.lines.map((line) => [...line.values]))] as uPlot.AlignedData;
}

function options(series: Series, unit: string, bands: boolean, width: number, onLook: (at: number) => void): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const grid = { stroke: colour('--line'), width: 1 };
  const text = { stroke: colour('--ink-soft'), font: `12px ${style.getPropertyValue('--sans')}`, grid, ticks: { show: false } };
  const lines = bands ? [...series.lines.keys()].reverse() : [...series.lines.keys()];
  const whole = bands && unit === 'share';
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: !bands }, focus: { prox: 1e6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    padding: [8, 26, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_, least, most) => [Math.min(0, least), whole ? 1 : most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      { ...text, size: 30, space: 100, values: (_, at) => at.map((seconds) => periodName(new Date(seconds * 1000).toISOString().slice(0, 10))) },
      { ...text, size: 68, space: 40, values: (_, at) => at.map((value) => short(value, unit)) },
    ],
    series: [
      {},
      ...lines.map((i) => {
        const own = colour(`--chart-${(i % COLOURS) + 1}`);
        return bands
          ? { stroke: colour('--raised'), width: 1, fill: own, points: { show: false } }
          : { stroke: own, width: 1.9, points: { show: series.periods.length < 3 }, ...(i >= COLOURS ? { dash: [6, 4] } : {}) };
      }),
    ],
    hooks: {
      setCursor: [
        (made) => {
          const index = made.cursor.idx;
          if (typeof index === 'number') onLook(index);
        },
      ],
    },
  };
}

/** Points on scales of powers of ten. */
export function Points({ title, points, units }: { title: string; points: readonly (readonly [number, number])[]; units: readonly [string, string] }) {
  const place = useRef<HTMLDivElement>(null);
  const shade = dark.value;
  const tongue = language.value;
  useEffect(() => {
    const box = place.current!;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const text = { stroke: colour('--ink-soft'), font: `12px ${style.getPropertyValue('--sans')}`, grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
    const sorted = [...points].sort((one, other) => one[0] - other[0]);
    const made = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 26, 0, 0],
        scales: { x: { time: false, distr: 3 }, y: { distr: 3 } },
        axes: [
          { ...text, size: 30, space: 60, values: (_, at) => at.map((value) => (value === null ? '' : short(value, units[0]))) },
          { ...text, size: 68, space: 30, values: (_, at) => at.map((value) => (value === null ? '' : short(value, units[1]))) },
        ],
        series: [{}, { stroke: colour('--chart-1'), paths: () => null, points: { show: true, size: 7, fill: colour('--chart-1') } }],
      },
      [sorted.map((point) => point[0]), sorted.map((point) => point[1])],
      box,
    );
    const sized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, [shade, tongue, points]);
  return <div class="plot-place tall" dir="ltr" ref={place} role="img" aria-label={title} />;
}
