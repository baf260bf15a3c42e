/**
 * The commands that an agent told last in a folder, kept in this browser: it tells them only with its first answer, and
 * people want them for their first prompt.
 */
import { useEffect, useMemo } from 'react';

import type { SlashCommand } from '@/api';

type Commands = readonly SlashCommand[];

const KEY = 'commands';
const MOST = 20; // folders
const NONE: Commands = [];

/** What is told, else what was told the last time. */
export function useCommands(cwd: string | undefined, told: Commands): Commands {
  useEffect(() => {
    if (cwd !== undefined && told.length > 0) keepCommands(cwd, told);
  }, [cwd, told]);
  return useMemo(() => (told.length > 0 || cwd === undefined ? told : keptCommands(cwd)), [cwd, told]);
}

export function keptCommands(cwd: string): Commands {
  return new Map(read()).get(folderOf(cwd)) ?? NONE;
}

export function keepCommands(cwd: string, commands: Commands): void {
  const folder = folderOf(cwd);
  const others = read().filter(([kept]) => kept !== folder);
  try {
    localStorage.setItem(KEY, JSON.stringify([[folder, commands], ...others].slice(0, MOST)));
  } catch {
    // The next first prompt has no completion.
  }
}

/** By folder, the last one told first. */
function read(): [folder: string, commands: Commands][] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as [string, Commands][];
  } catch {
    return [];
  }
}

/** A worktree has the commands of its repository. */
function folderOf(cwd: string): string {
  return cwd.replace(/\/\.claude\/worktrees\/[^/]+/, '');
}
