import {
  ChartColumn,
  FolderTree,
  GitBranch,
  MessagesSquare,
  Settings,
  SquareTerminal,
  type LucideIcon,
} from 'lucide-react';

export interface Place {
  readonly href: string;
  readonly label: string;
  readonly icon: LucideIcon;
  readonly owns: RegExp;
}

export const PLACES: readonly Place[] = [
  { href: '/', label: 'Sessions', icon: MessagesSquare, owns: /^\/($|sessions|new)/ },
  { href: '/terminal', label: 'Terminal', icon: SquareTerminal, owns: /^\/terminal/ },
  { href: '/files', label: 'Files', icon: FolderTree, owns: /^\/files/ },
  { href: '/git', label: 'Git', icon: GitBranch, owns: /^\/git/ },
  { href: '/usage', label: 'Usage', icon: ChartColumn, owns: /^\/usage/ },
  { href: '/settings', label: 'Settings', icon: Settings, owns: /^\/settings/ },
];

/** The view that an address lies within; null for a place of its own. */
export function parentOf(location: string): string | null {
  if (/^\/(sessions\/|new$|terminal$)/.test(location)) return '/';
  return /^\/settings\/./.test(location) ? '/settings' : null;
}

/** What the page is called at an address; null where the view knows better. */
export function titleOf(location: string): string | null {
  if (/^\/(sessions|settings)\/./.test(location)) return null;
  if (location === '/login') return 'Log in';
  if (location === '/new') return 'New session';
  return PLACES.find(({ owns }) => owns.test(location))?.label ?? null;
}
