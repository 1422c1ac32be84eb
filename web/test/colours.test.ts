import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

type Three = readonly [number, number, number];
type Matrix = readonly [Three, Three, Three];

/** How colours are seen: as by most people, and without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB). */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  most: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** Two to three is the least that is noticed between colours side by side; lines are apart, and thin. */
const LEAST_DIFFERENCE = 15;
/** WCAG 2.1, 1.4.11: of what is drawn against its ground. */
const LEAST_CONTRAST = 3;

function linear(hex: string): Three {
  const part = (at: number): number => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [part(1), part(3), part(5)];
}

function seen(sight: Matrix, colour: Three): Three {
  return sight.map((row) => Math.min(1, Math.max(0, row[0] * colour[0] + row[1] * colour[1] + row[2] * colour[2]))) as unknown as Three;
}

function luminance([red, green, blue]: Three): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** CIELAB, white of D65. */
function lab(colour: Three): Three {
  const [red, green, blue] = colour;
  const bent = (value: number): number => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
  const x = bent((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
  const y = bent(luminance(colour));
  const z = bent((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const css = readFileSync('src/ui/styles/tokens.css', 'utf8');
const dark = css.indexOf(":root[data-theme='dark']");

for (const [theme, part] of [['light', css.slice(0, dark)], ['dark', css.slice(dark)]] as const) {
  const token = (name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(part)![1]!;
  const colours = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => token(`chart-${i}`));

  test(`colours of charts stand out from their ground: ${theme}`, () => {
    const ground = luminance(linear(token('raised')));
    for (const colour of colours) {
      const own = luminance(linear(colour));
      assert.ok((Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05) >= LEAST_CONTRAST, colour);
    }
  });

  for (const [name, sight] of Object.entries(SIGHTS)) {
    test(`colours of charts differ: ${theme}, ${name}`, () => {
      const labs = colours.map((colour) => lab(seen(sight, linear(colour))));
      labs.forEach((one, i) =>
        labs.slice(i + 1).forEach((other, j) => {
          const difference = Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
          assert.ok(difference >= LEAST_DIFFERENCE, `${colours[i]} and ${colours[i + 1 + j]}: ${difference.toFixed(1)}`);
        }),
      );
    });
  }
}
