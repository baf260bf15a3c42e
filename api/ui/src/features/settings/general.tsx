/** The look, and how sessions and terminals begin. */
import { clsx } from 'clsx';
import { Monitor, Moon, Sun } from 'lucide-react';
import { useId } from 'react';

import type { UserSettings } from '@/api';
import { MODE_NAMES } from '@/lib/modes';
import { Select } from '@/ui';
import { Card, Group, Loaded } from './parts';
import { useChangeSettings, useConfig, useSettings } from './queries';
import { Written } from './written';

const THEMES = [
  ['system', 'System', Monitor],
  ['light', 'Light', Sun],
  ['dark', 'Dark', Moon],
] as const;

export function General() {
  const settings = useSettings();
  return (
    <Loaded query={settings} rows={6}>
      {(loaded) => (
        <>
          <Appearance theme={loaded.theme} />
          <Defaults settings={loaded} />
          <Terminals settings={loaded} />
        </>
      )}
    </Loaded>
  );
}

function Appearance({ theme }: Pick<UserSettings, 'theme'>) {
  const { mutate } = useChangeSettings();
  const name = useId();
  return (
    <Group title="Appearance">
      <fieldset className="grid grid-cols-3 gap-1 rounded-lg border bg-sunken p-1">
        <legend className="sr-only">Theme</legend>
        {THEMES.map(([value, label, Icon]) => (
          <label
            key={value}
            className={clsx(
              'flex h-9 touch-target items-center justify-center gap-2 rounded-md text-base has-focus-visible:outline-2 has-focus-visible:outline-focus',
              theme === value ? 'bg-raised font-medium text-text shadow-md' : 'text-muted hover:text-text',
            )}
          >
            <input
              type="radio"
              name={name}
              className="sr-only"
              checked={theme === value}
              onChange={() => mutate({ theme: value })}
            />
            <Icon aria-hidden className="size-4" />
            {label}
          </label>
        ))}
      </fieldset>
    </Group>
  );
}

function Defaults({ settings }: { settings: UserSettings }) {
  const { data: config } = useConfig();
  const { mutate } = useChangeSettings();
  const models = [...new Set([...(config?.models ?? []), settings.defaultModel ?? 'default'])];
  return (
    <Group title="New sessions" about="How a session begins unless it is told otherwise.">
      <Card>
        <Select
          label="Permissions"
          value={settings.defaultPermissionMode}
          hint={
            settings.defaultPermissionMode === 'bypassPermissions'
              ? 'Claude does anything without asking, in every new session.'
              : undefined
          }
          onChange={({ target }) => {
            const mode = config?.permissionModes.find((one) => one === target.value);
            if (mode) mutate({ defaultPermissionMode: mode });
          }}
        >
          {(config?.permissionModes ?? [settings.defaultPermissionMode]).map((mode) => (
            <option key={mode} value={mode}>
              {MODE_NAMES[mode]}
            </option>
          ))}
        </Select>
        <Select
          label="Model"
          value={settings.defaultModel ?? 'default'}
          onChange={({ target }) =>
            mutate({ defaultModel: target.value === 'default' ? null : target.value })
          }
        >
          {models.map((model) => (
            <option key={model} value={model}>
              {model === 'default' ? "Claude Code's default" : model}
            </option>
          ))}
        </Select>
        <Select
          label="Effort"
          value={settings.defaultEffort ?? ''}
          onChange={({ target }) =>
            mutate({ defaultEffort: config?.efforts.find((effort) => effort === target.value) ?? null })
          }
        >
          <option value="">Claude Code&apos;s default</option>
          {(config?.efforts ?? []).map((effort) => (
            <option key={effort}>{effort}</option>
          ))}
        </Select>
      </Card>
    </Group>
  );
}

function Terminals({ settings }: { settings: UserSettings }) {
  return (
    <Group title="Terminal">
      <Card>
        <div className="grid gap-4 sm:grid-cols-2">
          <Written
            label="Font size"
            inputMode="numeric"
            value={String(settings.terminalFontSize)}
            hint="8 to 32 pixels"
            change={(text) => ({ terminalFontSize: Number(text) })}
          />
          <Written
            label="Lines kept to scroll back"
            inputMode="numeric"
            value={String(settings.terminalScrollback)}
            hint="100 to 100,000"
            change={(text) => ({ terminalScrollback: Number(text) })}
          />
        </div>
        <Written
          label="Shell"
          placeholder="The login shell"
          value={settings.terminalShell ?? ''}
          hint="A command or a path, such as zsh or /usr/bin/fish. Empty for the login shell."
          change={(text) => ({ terminalShell: text || null })}
        />
      </Card>
    </Group>
  );
}
