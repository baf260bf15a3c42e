/** What is to go along with a prompt: pictures as data, other files by their place in the workspace. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';

import type { Attachment } from '@/api';
import { bytes } from '@/lib/format';
import { mayBePicture, pictureFrom } from './pictures';
import { uploadFile } from './upload';

/** `value` is there when it can be sent. `share` is how much has been uploaded, from 0 to 1. */
export interface Attached {
  readonly key: number;
  readonly name: string;
  readonly share: number;
  readonly error: string | null;
  readonly value: Attachment | null;
}

export interface Attachments {
  readonly items: readonly Attached[];
  readonly ready: readonly Attachment[];
  /** Whether something is still on its way. */
  readonly busy: boolean;
  readonly add: (files: Iterable<File>) => void;
  readonly remove: (key: number) => void;
  readonly clear: () => void;
}

/** Characters of base64 in one prompt; the server takes no larger frame. */
const MOST_DATA = 12_000_000;

/** `root` is the absolute path of the workspace, undefined until it is known. */
export function useAttachments(root: string | undefined): Attachments {
  const [items, setItems] = useState<readonly Attached[]>([]);
  const last = useRef(0);
  const uploads = useRef(new Map<number, AbortController>());

  useEffect(() => {
    const running = uploads.current;
    return () => running.forEach((upload) => upload.abort());
  }, []);

  const change = useCallback((key: number, now: Partial<Attached>) => {
    setItems((all) => all.map((item) => (item.key === key ? { ...item, ...now } : item)));
  }, []);

  const prepare = useCallback(
    async (key: number, file: File) => {
      const upload = new AbortController();
      uploads.current.set(key, upload);
      try {
        const value = await attachmentFrom(file, root, (share) => change(key, { share }), upload.signal);
        setItems((all) => all.map((item) => (item.key === key ? taken(item, value, all) : item)));
      } catch (error) {
        if (!upload.signal.aborted) change(key, { error: messageOf(error) });
      } finally {
        uploads.current.delete(key);
      }
    },
    [change, root],
  );

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = ++last.current;
        setItems((all) => [...all, { key, name: file.name, share: 0, error: null, value: null }]);
        void prepare(key, file);
      }
    },
    [prepare],
  );

  const remove = useCallback((key: number) => {
    uploads.current.get(key)?.abort();
    setItems((all) => all.filter((item) => item.key !== key));
  }, []);

  const clear = useCallback(() => setItems([]), []);

  return useMemo(
    () => ({
      items,
      ready: items.flatMap(({ value }) => value ?? []),
      busy: items.some(({ value, error }) => value === null && error === null),
      add,
      remove,
      clear,
    }),
    [items, add, remove, clear],
  );
}

async function attachmentFrom(
  file: File,
  root: string | undefined,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<Attachment> {
  if (mayBePicture(file)) {
    try {
      return await pictureFrom(file);
    } catch (error) {
      // A kind that this browser does not know is a file like any other.
      if (!(error instanceof DOMException)) throw error;
    }
  }
  if (root === undefined) throw new Error('The workspace is not known yet; remove the file and add it again');
  return uploadFile(file, root, progress, signal);
}

function taken(item: Attached, value: Attachment, all: readonly Attached[]): Attached {
  const others = all.reduce((sum, other) => sum + (other.value?.data?.length ?? 0), 0);
  if (others + (value.data?.length ?? 0) <= MOST_DATA) return { ...item, value, share: 1 };
  return { ...item, error: `More than ${bytes(MOST_DATA)} of pictures in one prompt; send it with the next` };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'The file cannot be read; choose it again';
}
