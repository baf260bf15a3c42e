import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { pwa } from './src/pwa/build/plugin.ts';

// `vite dev` shows the UI of this checkout against an API that runs (`make api-dev`).
const api = process.env['HATCHPOD_API'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react(), tailwindcss(), pwa()],
  // The server puts a nonce of each answer in its place; what adds <style> elements takes it from the page's <meta>.
  html: { cspNonce: '{{nonce}}' },
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    target: 'es2023',
    // The budget test reads from it which files the first view needs.
    manifest: true,
    // Small pictures too are files: the content security policy allows no others in styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'src/sw.ts'],
      // A service worker is known by its address: it has to stay the same.
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    proxy: {
      // Host stays as it is: the API compares it with Origin.
      '/api': { target: api, ws: true },
      '/healthz': { target: api },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
  },
});
