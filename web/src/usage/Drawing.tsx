import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { language } from '../store/prefs.ts';
import { dark } from '../ui/theme.ts';
import { DASHES, secondsOf, stacked, type Series } from './shape.ts';
import { periodName, short } from './words.ts';

const HEIGHT = 260;
const HATCH = 7;

/** How lines are drawn: each for itself, one on the other as all parts of a whole or as some, or from the first rank at the top. */
export type Manner = 'lines' | 'bands' | 'part' | 'ranks';

function isStacked(manner: Manner): boolean {
  return manner === 'bands' || manner === 'part';
}

interface DrawingProps {
  readonly name: string;
  readonly series: Series;
  readonly unit: string;
  readonly manner: Manner;
  /** A value that a line is drawn across at. */
  readonly mark: number | null;
  /** Which period is looked at. */
  readonly at: number;
  readonly onLook: (at: number) => void;
}

/** Lines or bands over time. */
export function Drawing({ name, series, unit, manner, mark, at, onLook }: DrawingProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shade = dark.value;
  const tongue = language.value;
  useEffect(() => {
    const box = place.current!;
    const made = (plot.current = new uPlot(options(series, unit, manner, mark, box.clientWidth, onLook), data(series, manner), box));
    const sized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    return () => {
      sized.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shade, tongue, series, unit, manner, mark]);
  useEffect(() => {
    const made = plot.current;
    const x = series.periods[at];
    if (made === null || x === undefined) return;
    made.setCursor({ left: made.valToPos(secondsOf(x), 'x'), top: 0 }, false);
  }, [at, series, shade, tongue, unit, manner, mark]);
  return <div class="plot-place tall" dir="ltr" ref={place} role="img" aria-label={name} />;
}

/** uPlot draws its first series first: of bands the tallest sum, whose lower ones lie on it. */
function data(series: Series, manner: Manner): uPlot.AlignedData {
  const times = series.periods.map(secondsOf);
  return [times, ...(isStacked(manner) ? stacked(series).reverse() : series.lines.map((line) => [...line.values]))] as uPlot.AlignedData;
}

interface Inks {
  readonly colour: (name: string) => string;
  readonly axis: uPlot.Axis;
}

function inks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return { colour, axis: { stroke: colour('--ink-soft'), font: `12px ${style.getPropertyValue('--sans')}`, grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } } };
}

/** The range of a scale of values. */
function range(manner: Manner, unit: string, mark: number | null): uPlot.Range.Function {
  if (manner === 'ranks') return (_, least, most) => [Math.min(1, least) - 0.4, Math.max(2, most) + 0.4];
  if (manner === 'bands' && unit === 'share') return () => [0, 1];
  return (_, least, most) => {
    const [low, high] = [Math.min(0, least), Math.max(most, mark ?? 0)];
    return [low < 0 ? low * 1.08 : 0, high > 0 ? high * 1.08 : 1];
  };
}

function options(series: Series, unit: string, manner: Manner, mark: number | null, width: number, onLook: (at: number) => void): uPlot.Options {
  const { colour, axis } = inks();
  const bands = isStacked(manner);
  const lines = bands ? [...series.lines].reverse() : series.lines;
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: !bands } }, // and no focus: it fades the other lines, whose colours are then not those of the key
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    padding: [8, 30, 0, 0],
    scales: {
      x: { time: true },
      y: { range: range(manner, unit, mark), dir: manner === 'ranks' ? -1 : 1 },
    },
    axes: [
      { ...axis, size: 30, space: series.periods[0]?.includes('T') === true ? 160 : 100, values: (_, at) => at.map(momentName) },
      { ...axis, size: 68, space: manner === 'ranks' ? 18 : 40, ...(manner === 'ranks' ? { incrs: [1, 2, 5, 10] } : {}), values: (_, at) => at.map((value) => short(value, unit)) },
    ],
    series: [
      {},
      ...lines.map(({ look }) => {
        const own = colour(`--chart-${look.colour}`);
        return bands
          ? { stroke: colour('--raised'), width: 1, fill: look.hatched ? () => hatch(own, colour('--raised')) : own, points: { show: false } }
          : { stroke: own, width: 2, points: { show: manner === 'ranks' || series.periods.length < 3, size: 6, fill: own }, dash: [...DASHES[look.dash]!] };
      }),
    ],
    hooks: {
      setCursor: [
        (made) => {
          const index = made.cursor.idx;
          if (typeof index === 'number') onLook(index);
        },
      ],
      draw: mark === null ? [] : [(made) => across(made, mark, colour('--ink-soft'))],
    },
  };
}

/** A moment on a scale: its day, and its hour where that is not midnight. */
function momentName(seconds: number): string {
  const moment = new Date(seconds * 1000).toISOString();
  const name = periodName(moment.slice(11, 16) === '00:00' ? moment.slice(0, 10) : `${moment.slice(0, 16)}Z`);
  return language.value === 'ar' ? `\u2067${name}\u2069` : name; // the drawing's own direction would turn an Arabic date about
}

/** A line across the whole drawing. */
function across(made: uPlot, value: number, ink: string): void {
  const { ctx, bbox } = made;
  const y = made.valToPos(value, 'y', true);
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** Stripes on a ground, for bands whose colour another has too. */
function hatch(own: string, ground: string): CanvasPattern | string {
  const size = HATCH * devicePixelRatio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const brush = tile.getContext('2d');
  if (brush === null) return own;
  brush.fillStyle = own;
  brush.fillRect(0, 0, size, size);
  brush.strokeStyle = ground;
  brush.lineWidth = size / 4;
  for (const shift of [-size, 0, size]) {
    brush.beginPath();
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
    brush.stroke();
  }
  return brush.createPattern(tile, 'repeat') ?? own;
}

export interface Point {
  readonly name: string;
  readonly x: number;
  readonly y: number;
}

/** How far a scale of powers of ten goes on beyond the first and the last point, so that none is cut. */
const AROUND = 1.4;

/** As many names as fit among points. */
const MOST_NAMES = 12;

/** Points on scales of powers of ten, the largest with their names, and the line of an elasticity through their middle. */
export function Points({ name, points, units, slope }: { name: string; points: readonly Point[]; units: readonly [string, string]; slope: number | null }) {
  const place = useRef<HTMLDivElement>(null);
  const shade = dark.value;
  const tongue = language.value;
  useEffect(() => {
    const box = place.current!;
    const { colour, axis } = inks();
    const sorted = [...points].sort((one, other) => one.x - other.x);
    const made = new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        padding: [12, 30, 0, 0],
        scales: { x: { time: false, distr: 3, range: (_, least, most) => [least / AROUND, most * AROUND] }, y: { distr: 3 } },
        axes: [
          { ...axis, size: 30, space: 60, values: (_, at) => at.map((value) => (value === null ? '' : short(value, units[0]))) },
          { ...axis, size: 68, space: 30, values: (_, at) => at.map((value) => (value === null ? '' : short(value, units[1]))) },
        ],
        series: [{}, { stroke: colour('--chart-1'), paths: () => null, points: { show: true, size: 7, fill: colour('--chart-1') } }],
        hooks: {
          draw: [
            (drawn) => {
              if (slope !== null) fitted(drawn, sorted, slope, colour('--chart-6'));
              named(drawn, sorted, colour('--ink'), colour('--raised'), String(axis.font));
            },
          ],
        },
      },
      [sorted.map((point) => point.x), sorted.map((point) => point.y)],
      box,
    );
    const sized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT }));
    sized.observe(box);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, [shade, tongue, points, slope]);
  return <div class="plot-place tall" dir="ltr" ref={place} role="img" aria-label={name} />;
}

/** The line of least squares: it goes through the means of the logarithms, with the slope that the server has found. */
function fitted(made: uPlot, points: readonly Point[], slope: number, ink: string): void {
  const mean = (of: (point: Point) => number): number => points.reduce((sum, point) => sum + Math.log(of(point)), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const ends = [points[0]!.x, points[points.length - 1]!.x];
  const { ctx, bbox } = made;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = ink;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  for (const end of ends) ctx.lineTo(made.valToPos(end, 'x', true), made.valToPos(Math.exp(y + slope * (Math.log(end) - x)), 'y', true));
  ctx.stroke();
  ctx.restore();
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function meet(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

/** Names beside the points that are used most: to the right or the left, above or below, wherever no point and no other name is. */
function named(made: uPlot, points: readonly Point[], ink: string, ground: string, font: string): void {
  const { ctx, bbox } = made;
  const px = devicePixelRatio;
  const place = ({ x, y }: Point): readonly [number, number] => [made.valToPos(x, 'x', true), made.valToPos(y, 'y', true)];
  const taken: Box[] = points.map((point) => {
    const [x, y] = place(point);
    return { left: x - 4 * px, right: x + 4 * px, top: y - 4 * px, bottom: y + 4 * px };
  });
  ctx.save();
  ctx.fillStyle = ink;
  ctx.strokeStyle = ground;
  ctx.lineWidth = 3 * px;
  ctx.lineJoin = 'round';
  ctx.font = font.replace('12px', `${11 * px}px`);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const half = 6.5 * px;
  for (const point of [...points].sort((one, other) => other.y - one.y).slice(0, MOST_NAMES)) {
    const [x, y] = place(point);
    const width = ctx.measureText(point.name).width;
    const places: readonly (readonly [number, number])[] = [[x + 7 * px, y], [x - 7 * px - width, y], [x - width / 2, y - 12 * px], [x - width / 2, y + 12 * px]];
    const free = places
      .map(([left, middle]) => ({ left, right: left + width, top: middle - half, bottom: middle + half }))
      .find((box) => box.left >= bbox.left && box.right <= bbox.left + bbox.width && box.top >= bbox.top && !taken.some((other) => meet(box, other)));
    if (free === undefined) continue;
    ctx.strokeText(point.name, free.left, free.top + half);
    ctx.fillText(point.name, free.left, free.top + half);
    taken.push(free);
  }
  ctx.restore();
}
