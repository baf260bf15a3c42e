// Fails the build when the first view (login and the list of sessions) needs more JavaScript than a phone should load.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 130_000; // bytes, by gzip
// The page itself, and what of the first view it loads by name; what is part of the page already has no entry.
const firstView = ['index.html', 'src/features/login/index.tsx', 'src/features/sessions/index.tsx'];

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

const needed = new Set();
function need(name) {
  if (needed.has(name) || !(name in manifest)) return;
  needed.add(name);
  for (const imported of manifest[name].imports ?? []) need(imported);
}
firstView.forEach(need);
if (!needed.has('index.html'))
  throw new Error('dist/.vite/manifest.json has no index.html: set build.manifest');

const sizes = [...needed]
  .map((name) => ({
    file: manifest[name].file,
    size: gzipSync(readFileSync(new URL(manifest[name].file, dist))).length,
  }))
  .sort((a, b) => b.size - a.size);
const total = sizes.reduce((sum, { size }) => sum + size, 0);
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

console.log(`JavaScript of the first view: ${kilobytes(total)} of ${kilobytes(budget)}, by gzip`);
if (total > budget) {
  for (const { file, size } of sizes) console.error(`  ${kilobytes(size).padStart(9)}  ${file}`);
  console.error('Too much. Import lazily what the first view does not show.');
  process.exitCode = 1;
}
