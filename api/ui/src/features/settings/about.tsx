import { ExternalLink } from 'lucide-react';

import { bytes } from '@/lib/format';
import { Card, Group, Loaded } from './parts';
import { useConfig } from './queries';

export function About() {
  const config = useConfig();
  return (
    <Loaded query={config}>
      {({ version, browseRoot, providers, limits }) => (
        <Group title="This workstation">
          <Card>
            <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-base">
              {[
                ['Version', version],
                ['Workspace', browseRoot],
                ['Agents', providers.map(({ name }) => name).join(', ')],
                ['Sessions at work', `at most ${limits.runningSessions}`],
                ['Uploads', `at most ${bytes(limits.upload)}`],
              ].map(([name, value]) => (
                <div key={name} className="contents">
                  <dt className="text-muted">{name}</dt>
                  <dd className="min-w-0 break-words">{value}</dd>
                </div>
              ))}
            </dl>
            <a
              href="/api/docs"
              target="_blank"
              rel="noreferrer"
              className="inline-flex touch-target items-center gap-2 self-start font-medium text-accent hover:underline"
            >
              The API and its routes
              <ExternalLink aria-hidden className="size-4" />
            </a>
          </Card>
        </Group>
      )}
    </Loaded>
  );
}
