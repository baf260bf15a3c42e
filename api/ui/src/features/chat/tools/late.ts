import { lazy, type ComponentType } from 'react';

const AGAIN = 10_000; // milliseconds

/**
 * A component whose code is loaded when it is first shown. React's `lazy` keeps a failure for ever; this one asks again,
 * for those that are shown later: not at once, as whoever shows it would then ask without end.
 */
export function late<Props>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): () => ComponentType<Props> {
  let failed = Infinity;
  const make = () => {
    failed = Infinity;
    return lazy(() =>
      load().catch((error: unknown) => {
        failed = Date.now();
        throw error;
      }),
    );
  };
  let made = make();
  return () => {
    if (Date.now() - failed > AGAIN) made = make();
    return made;
  };
}
