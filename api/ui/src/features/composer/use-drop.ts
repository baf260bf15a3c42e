import { useEffect, useState, type RefObject } from 'react';

/** Whether files are held over the element; `onFiles` gets those that are let go there. */
export function useDrop(element: RefObject<HTMLElement | null>, onFiles: (files: FileList) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (!target) return;
    const stop = new AbortController();
    const { signal } = stop;
    const hold = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer) onFiles(event.dataTransfer.files);
    };
    target.addEventListener('dragover', hold, { signal });
    target.addEventListener('dragleave', () => setOver(false), { signal });
    target.addEventListener('drop', drop, { signal });
    return () => stop.abort();
  }, [element, onFiles]);
  return over;
}
