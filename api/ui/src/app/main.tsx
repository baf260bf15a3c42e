import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { startPwa } from '@/pwa';
import '@/styles/index.css';
import { stampStyles } from './nonce';
import { App } from './app';
import { applyKeptTheme } from './theme';

stampStyles();
applyKeptTheme();

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
startPwa();
