import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { isLostFile, startPwa } from '@/pwa';
import '@/styles/index.css';
import { stampStyles } from './nonce';
import { App } from './app';
import { applyKeptTheme } from './theme';

stampStyles();
applyKeptTheme();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root, {
  // A file that did not come is said on the page, and in the browser's log of the network.
  onCaughtError: (error) => {
    if (!isLostFile(error)) console.error(error);
  },
}).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
startPwa();
