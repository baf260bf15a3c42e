import { useEffect, useState } from 'react';

/**
 * Whether files are held over the page; `onFiles` gets those that are let go anywhere on it, where the browser would
 * open them in place of the page. Text goes into the field that it is dropped on, as ever.
 */
export function useDrop(onFiles: (files: FileList) => void): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const hold = (event: DragEvent) => {
      if (!filesOf(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false); // the page, and not one of its parts for another
    };
    const drop = (event: DragEvent) => {
      const files = filesOf(event);
      if (!files) return;
      event.preventDefault();
      setOver(false);
      onFiles(files);
    };
    window.addEventListener('dragover', hold, { signal });
    window.addEventListener('dragleave', leave, { signal });
    window.addEventListener('drop', drop, { signal });
    return () => stop.abort();
  }, [onFiles]);
  return over;
}

function filesOf({ dataTransfer }: DragEvent): FileList | null {
  return dataTransfer?.types.includes('Files') ? dataTransfer.files : null;
}
