import { useEffect } from 'react';

const EDGE = 24; // px from the left border in which the finger has to come down
const FAR = 72; // px that it has to go to the right

/** A finger that goes from the left border inwards goes back, as the system does outside of an installed app. */
export function useSwipeBack(back: () => void, enabled: boolean): void {
  useEffect(() => {
    if (!enabled) return;
    let start: Touch | undefined;
    const down = (event: TouchEvent) => {
      const touch = event.touches[0];
      start = event.touches.length === 1 && touch && touch.clientX <= EDGE ? touch : undefined;
    };
    const up = (event: TouchEvent) => {
      const end = event.changedTouches[0];
      if (!start || !end) return;
      const across = end.clientX - start.clientX;
      const along = Math.abs(end.clientY - start.clientY);
      start = undefined;
      if (across > FAR && across > 2 * along) back();
    };
    document.addEventListener('touchstart', down, { passive: true });
    document.addEventListener('touchend', up, { passive: true });
    return () => {
      document.removeEventListener('touchstart', down);
      document.removeEventListener('touchend', up);
    };
  }, [back, enabled]);
}
