import type { Effort, PermissionMode } from '@/api';
import { Select } from '@/ui';
import { useConfig } from './queries';

/** An empty text leaves it to Claude Code. */
export interface Chosen {
  readonly permissionMode: PermissionMode;
  readonly model: string;
  readonly effort: Effort | '';
  readonly provider: string;
}

const MODES: Record<PermissionMode, string> = {
  default: 'Ask before changes',
  acceptEdits: 'Accept edits',
  plan: 'Plan first',
  dontAsk: 'Deny what is not allowed',
  bypassPermissions: 'Bypass permissions',
};

/** What stands for Claude Code's own choice is the first option already. */
function named(model: string): boolean {
  return model !== '' && model !== 'default';
}

export function Choices({ chosen, onChange }: { chosen: Chosen; onChange: (chosen: Chosen) => void }) {
  const { data: config } = useConfig();
  if (!config) return null;
  const modes = config.permissionModes.filter((mode) => mode !== 'bypassPermissions' || config.allowBypass);
  return (
    <div className="grid gap-4 sm:grid-cols-[3fr_2fr_2fr]">
      <Select
        label="Permissions"
        value={chosen.permissionMode}
        onChange={({ target }) =>
          onChange({ ...chosen, permissionMode: modes.find((mode) => mode === target.value) ?? 'default' })
        }
      >
        {modes.map((mode) => (
          <option key={mode} value={mode}>
            {MODES[mode]}
          </option>
        ))}
      </Select>
      <Select
        label="Model"
        value={chosen.model}
        onChange={({ target }) => onChange({ ...chosen, model: target.value })}
      >
        <option value="">Default</option>
        {[...new Set([...config.models, chosen.model])].filter(named).map((model) => (
          <option key={model}>{model}</option>
        ))}
      </Select>
      <Select
        label="Effort"
        value={chosen.effort}
        onChange={({ target }) =>
          onChange({ ...chosen, effort: config.efforts.find((effort) => effort === target.value) ?? '' })
        }
      >
        <option value="">Default</option>
        {config.efforts.map((effort) => (
          <option key={effort}>{effort}</option>
        ))}
      </Select>
      {config.providers.length > 1 && (
        <Select
          label="Agent"
          value={chosen.provider}
          onChange={({ target }) => onChange({ ...chosen, provider: target.value })}
        >
          {config.providers.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </div>
  );
}
