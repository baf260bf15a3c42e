// Puts NAME.br and NAME.gz beside every file of the build that they make smaller. The server only chooses one.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const text = /\.(css|js|json|map|svg|txt|webmanifest)$/;
const smallest = 512; // bytes; below, the headers weigh more

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!text.test(name) || name.startsWith('.vite/')) continue;
  const file = join(dist, name);
  const content = readFileSync(file);
  if (content.length < smallest) continue;
  for (const [suffix, compressed] of [
    ['.br', brotliCompressSync(content)],
    ['.gz', gzipSync(content, { level: 9 })],
  ]) {
    if (compressed.length < content.length) writeFileSync(file + suffix, compressed);
  }
}
