import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** What the development server passes calls on to: the mock, or a `jerboa serve`. */
const SERVER = process.env['JERBOA_SERVER'] ?? 'http://127.0.0.1:8092';

export default defineConfig({
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    assetsInlineLimit: 0, // data: fonts and scripts would need a wider content security policy
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 400,
  },
  plugins: [licences()],
  server: { proxy: { '/v1': { target: SERVER }, '/jerboa': { target: SERVER } } }, // keeps Host, which the server compares with Origin
});

/** Puts the licences of all packages that are in the page into `licences.txt` beside it. */
function licences(): Plugin {
  return {
    name: 'licences',
    generateBundle() {
      const names = new Set(['@fontsource/noto-sans-math']); // style sheets name fonts where this does not look
      for (const id of this.getModuleIds()) {
        const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
        if (name !== undefined) names.add(name);
      }
      const parts = [...names].sort().map((name) => {
        const folder = join('node_modules', name);
        const described = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string; license?: string };
        const file = existsSync(folder) ? readdirSync(folder).find((one) => /^licen[cs]e/i.test(one)) : undefined;
        const text = file === undefined ? '' : readFileSync(join(folder, file), 'utf8').trim();
        return `${name} ${described.version} (${described.license ?? 'licence below'})\n\n${text}`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: `${parts.join(`\n\n${'-'.repeat(78)}\n\n`)}\n` });
    },
  };
}
