import { QueryClientProvider } from '@tanstack/react-query';

import { Pwa } from '@/pwa';
import { Toasts } from '@/ui';
import { ErrorBoundary } from './error-boundary';
import { queries } from './queries';
import { Routes } from './routes';
import { Session } from './session';

export function App() {
  return (
    <ErrorBoundary>
      <QueryClientProvider client={queries}>
        <Session>
          <Routes />
        </Session>
        <Pwa />
        <Toasts />
      </QueryClientProvider>
    </ErrorBoundary>
  );
}
