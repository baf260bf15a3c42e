import { useEffect, useRef } from 'react';

const FIELDS = 'input, textarea, select, [contenteditable=true]';

/** On the way to another view the keyboard goes along, to its beginning; what it was at may be gone. */
export function useArrival(location: string): void {
  const before = useRef(location);
  useEffect(() => {
    if (before.current === location) return;
    before.current = location;
    const main = document.getElementById('main');
    const { activeElement } = document;
    // A field that the view has given the keyboard to keeps it.
    if (activeElement?.matches(FIELDS) && main?.contains(activeElement)) return;
    main?.focus({ preventScroll: true });
  }, [location]);
}
