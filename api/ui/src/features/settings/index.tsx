/** The settings: a list of their sections beside the one that is open; one of the two on a phone. */
import { clsx } from 'clsx';
import {
  Anchor,
  Bell,
  ChevronRight,
  Info,
  KeyRound,
  Plug,
  ScrollText,
  SlidersHorizontal,
  Smartphone,
  Webhook,
  type LucideIcon,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { Link, Redirect, useParams } from 'wouter';

import { useTitle } from '@/lib/title';
import { Page } from '@/ui';
import { About } from './about';
import { Activity } from './activity';
import { Claude } from './claude';
import { Devices } from './devices';
import { General } from './general';
import { HooksSection } from './hooks';
import { Mcp } from './mcp';
import { Notifications } from './notifications';
import { Webhooks } from './webhooks';

interface Section {
  name: string;
  title: string;
  about: string;
  icon: LucideIcon;
  Content: ComponentType;
}

const GENERAL: Section = {
  name: 'general',
  title: 'General',
  about: 'Theme, new sessions, terminal',
  icon: SlidersHorizontal,
  Content: General,
};

const SECTIONS: readonly Section[] = [
  GENERAL,
  {
    name: 'notifications',
    title: 'Notifications',
    about: 'This device, events, services',
    icon: Bell,
    Content: Notifications,
  },
  { name: 'claude', title: 'Claude', about: 'Login, token, API key', icon: KeyRound, Content: Claude },
  { name: 'mcp', title: 'MCP servers', about: 'More tools for Claude', icon: Plug, Content: Mcp },
  {
    name: 'hooks',
    title: 'Hooks',
    about: "Commands at Claude's events",
    icon: Anchor,
    Content: HooksSection,
  },
  { name: 'devices', title: 'Devices', about: 'Tokens, log out', icon: Smartphone, Content: Devices },
  { name: 'webhooks', title: 'Webhooks', about: 'Tell other programs', icon: Webhook, Content: Webhooks },
  { name: 'activity', title: 'Activity', about: 'Who did what', icon: ScrollText, Content: Activity },
  { name: 'about', title: 'About', about: 'Version, limits, API', icon: Info, Content: About },
];

export default function Settings() {
  const { section } = useParams<{ section?: string }>();
  const open = SECTIONS.find(({ name }) => name === section);
  useTitle(open ? `${open.title} · Settings` : null);
  if (section && !open) return <Redirect to="/settings" replace />;
  const { title, Content } = open ?? GENERAL;
  return (
    <div className="flex h-full">
      <div className={clsx('h-full w-full shrink-0 border-r bg-surface lg:block lg:w-72', open && 'hidden')}>
        <Page title="Settings">
          <SectionList open={open?.name} />
        </Page>
      </div>
      <div className={clsx('h-full min-w-0 grow lg:block', !open && 'hidden')}>
        <Page title={title} back="/settings">
          <div className="mx-auto flex max-w-2xl flex-col gap-8 p-4 lg:p-6">
            <Content key={title} />
          </div>
        </Page>
      </div>
    </div>
  );
}

/** On a desk the first section stands open while none is chosen. */
function SectionList({ open }: { open: string | undefined }) {
  return (
    <nav aria-label="Settings" className="p-2">
      <ul className="flex flex-col gap-0.5">
        {SECTIONS.map(({ name, title, about, icon: Icon }) => (
          <li key={name}>
            <Link
              href={`/settings/${name}`}
              aria-current={open === name ? 'page' : undefined}
              className={clsx(
                'flex items-center gap-3 rounded-md px-3 py-2.5 hover:bg-hover aria-[current]:bg-accent-soft',
                !open && name === 'general' && 'lg:bg-accent-soft',
              )}
            >
              <Icon aria-hidden className="size-5 shrink-0 text-muted" />
              <span className="min-w-0 grow">
                <span className="block font-medium">{title}</span>
                <span className="block truncate text-sm text-muted">{about}</span>
              </span>
              <ChevronRight aria-hidden className="size-4 shrink-0 text-faint lg:hidden" />
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
