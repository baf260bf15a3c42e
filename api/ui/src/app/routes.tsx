/** Which view an address shows. Every view is a chunk of its own, loaded when it is first wanted. */
import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';

import { Login } from '@/features/login';
import { SessionsPage } from '@/features/sessions';
import { useTitle } from '@/lib/title';
import { Skeleton } from '@/ui';
import { ErrorBoundary } from './error-boundary';
import { Layout } from './layout';
import { titleOf } from './places';
import { useArrival } from './use-arrival';

const Terminal = lazy(() => import('@/features/terminal'));
const Files = lazy(() => import('@/features/files'));
const Git = lazy(() => import('@/features/git'));
const Usage = lazy(() => import('@/features/usage'));
const Settings = lazy(() => import('@/features/settings'));

export function Routes() {
  const [location] = useLocation();
  useTitle(titleOf(location));
  useArrival(location);
  return (
    <Switch>
      <Route path="/login" component={Login} />
      <Route>
        <Layout>
          <ErrorBoundary place={location}>
            <Suspense fallback={<Skeleton />}>
              <Switch>
                <Route path="/" component={SessionsPage} />
                <Route path="/new" component={SessionsPage} />
                <Route path="/sessions/:id" component={SessionsPage} />
                <Route path="/terminal" component={Terminal} />
                <Route path="/files" component={Files} />
                <Route path="/git" component={Git} />
                <Route path="/usage" component={Usage} />
                <Route path="/settings/:section?" component={Settings} />
                <Route>
                  <Redirect to="/" replace />
                </Route>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </Layout>
      </Route>
    </Switch>
  );
}
