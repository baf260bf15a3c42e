// Fails the build when the first view (login and the list of sessions) needs more JavaScript than a phone should load.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 130_000; // bytes, by gzip
// The page, and what else the first view loads at once. api/tests/ui/test_sessions.py holds it to that.
const firstView = ['index.html'];

const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

const needed = new Set();
function need(name) {
  if (needed.has(name)) return;
  if (!(name in manifest))
    throw new Error(`dist/.vite/manifest.json has no ${name}: correct scripts/budget.js`);
  needed.add(name);
  for (const imported of manifest[name].imports ?? []) need(imported);
}
firstView.forEach(need);

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
