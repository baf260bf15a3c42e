import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { upload } from '@/lib/upload';

export interface Upload {
  readonly key: string;
  readonly name: string;
  /** From 0 to 1. */
  readonly share: number;
  readonly error: string | null;
  readonly cancel: () => void;
}

export interface Uploads {
  readonly items: readonly Upload[];
  readonly add: (folder: string, files: Iterable<File>) => void;
  readonly remove: (key: string) => void;
}

/** Files on their way into the workspace, one after the other as the browser sends them. Those that failed stay. */
export function useUploads(): Uploads {
  const [items, setItems] = useState<readonly Upload[]>([]);
  const queries = useQueryClient();
  const remove = (key: string) => setItems((all) => all.filter((item) => item.key !== key));
  const change = (key: string, now: Partial<Upload>) =>
    setItems((all) => all.map((item) => (item.key === key ? { ...item, ...now } : item)));

  const send = async (folder: string, file: File) => {
    const key = crypto.randomUUID();
    const controller = new AbortController();
    const cancel = () => controller.abort();
    setItems((all) => [...all, { key, name: file.name, share: 0, error: null, cancel }]);
    try {
      await upload(file, folder, file.name, (share) => change(key, { share }), controller.signal);
      remove(key);
      await queries.invalidateQueries({ queryKey: ['files', 'folder'] });
    } catch (error) {
      if (controller.signal.aborted) remove(key);
      else change(key, { error: error instanceof Error ? error.message : String(error) });
    }
  };
  return {
    items,
    remove,
    add: (folder, files) => {
      for (const file of files) void send(folder, file);
    },
  };
}
