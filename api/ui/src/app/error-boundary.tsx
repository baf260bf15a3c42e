import { Component, useEffect, type ReactNode } from 'react';

import { isLostFile, loadAnew } from '@/pwa';
import { ErrorState, toastError } from '@/ui';

interface Props {
  /** With another one the view is tried again. */
  place?: string;
  children: ReactNode;
}

/** A view that broke says so, in its own place; what is around it goes on. */
export class ErrorBoundary extends Component<Props, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: Props) {
    if (this.state.error && before.place !== this.props.place) this.setState({ error: null });
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    if (isLostFile(error)) return <LostFile />;
    return <ErrorState error={error} onRetry={() => this.setState({ error: null })} />;
  }
}

const LOST = new Error('A part of this page did not come; check the connection to the workstation');

/** The browser does not ask again for a file by itself: the page is loaded anew, once there is somewhere to load from. */
function LostFile() {
  useEffect(() => {
    const again = () => void loadAnew();
    window.addEventListener('online', again);
    return () => window.removeEventListener('online', again);
  }, []);
  return <ErrorState error={LOST} onRetry={() => void loadAnew().then((done) => done || toastError(LOST))} />;
}
