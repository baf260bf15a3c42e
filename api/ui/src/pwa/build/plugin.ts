/** What the build makes besides the pages: the icons as PNG, and in `sw.js` the list of the files that it keeps. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, Rolldown } from 'vite';

import type { Shell } from '../worker.ts';
import { readDrawing } from './drawing.ts';
import { drawPng, type Look } from './png.ts';

const ICONS: readonly (readonly [name: string, pixels: number, look: Look])[] = [
  ['icon-192.png', 192, 'rounded'],
  ['icon-512.png', 512, 'rounded'],
  ['icon-maskable-512.png', 512, 'full'],
  ['icon-180.png', 180, 'full'], // for Apple's home screens
  ['badge-96.png', 96, 'silhouette'],
];

// The views as they begin. What one of them loads later (languages, the editor) is kept when it was wanted once.
const VIEW = /\/src\/features\/[^/]+\/index\.tsx?$/;

export function pwa(): Plugin {
  return {
    name: 'hatchpod-pwa',
    apply: 'build',
    generateBundle() {
      const drawing = readDrawing(readFileSync('public/icons/icon.svg', 'utf8'));
      for (const [name, pixels, look] of ICONS) {
        this.emitFile({ type: 'asset', fileName: `icons/${name}`, source: drawPng(drawing, pixels, look) });
      }
    },
    writeBundle({ dir = 'dist' }, bundle) {
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk' || worker.imports.length > 0 || !worker.code.includes('__SHELL__'))
        this.error('sw.js has to be one file of its own, with __SHELL__ in it: it may import types only');
      const files = [...new Set([...chunksOf(bundle), ...publicFiles(dir)])].sort();
      const hash = createHash('sha256');
      for (const file of ['index.html', ...files]) hash.update(file).update(readFileSync(join(dir, file)));
      const shell: Shell = {
        version: hash.digest('hex').slice(0, 16),
        files: ['/', ...files.map((file) => `/${file}`)],
      };
      writeFileSync(join(dir, 'sw.js'), worker.code.replaceAll('__SHELL__', JSON.stringify(shell)));
    },
  };
}

/** The page's own files and those of every view, with what they import. */
function chunksOf(bundle: Rolldown.OutputBundle): Set<string> {
  const needed = new Set<string>();
  const need = (name: string) => {
    const chunk = bundle[name];
    if (needed.has(name) || chunk?.type !== 'chunk') return;
    needed.add(name);
    chunk.viteMetadata?.importedCss.forEach((file) => needed.add(file));
    chunk.imports.forEach(need);
  };
  for (const chunk of Object.values(bundle)) {
    if (chunk.type !== 'chunk' || chunk.fileName === 'sw.js') continue;
    if (chunk.isEntry || VIEW.test(chunk.facadeModuleId ?? '')) need(chunk.fileName);
  }
  return needed;
}

function publicFiles(dir: string): string[] {
  const icons = readdirSync(join(dir, 'icons')).map((name) => `icons/${name}`);
  return ['manifest.webmanifest', ...icons];
}
