/** How the session goes on: with which permissions, model and effort. Side by side, or where there is no room, a sheet. */
import { SlidersHorizontal } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { MODE_NAMES } from '@/lib/modes';
import { useSession, useSessionActions } from '@/stream';
import { Dialog, IconButton, Select } from '@/ui';
import { Picker } from './picker';
import { useConfig, useDetail, useSetEffort } from './queries';

interface Setting {
  label: string;
  value: string;
  warns: boolean;
  options: readonly (readonly [value: string, name: string])[];
  onPick: (value: string) => void;
}

export function Pickers({ id }: { id: string }) {
  const settings = useChoices(id);
  const [open, setOpen] = useState(false);
  return (
    <div className="flex min-w-0 grow items-center">
      <div className="hidden min-w-0 items-center gap-1 sm:flex">
        {settings.map(({ options, ...setting }) => (
          <Picker key={setting.label} {...setting}>
            {options.map(asOption)}
          </Picker>
        ))}
      </div>
      <IconButton
        label="Mode, model and effort"
        aria-haspopup="dialog"
        className="sm:hidden"
        onClick={() => setOpen(true)}
      >
        <SlidersHorizontal aria-hidden />
      </IconButton>
      <Dialog open={open} onClose={() => setOpen(false)} title="Mode, model and effort">
        <div className="flex flex-col gap-4">
          {settings.map(({ label, value, options, onPick }) => (
            <Select key={label} label={label} value={value} onChange={(event) => onPick(event.target.value)}>
              {options.map(asOption)}
            </Select>
          ))}
        </div>
      </Dialog>
    </div>
  );
}

function asOption([value, name]: Setting['options'][number]): ReactNode {
  return (
    <option key={value} value={value}>
      {name}
    </option>
  );
}

function useChoices(id: string): readonly Setting[] {
  const { data: config } = useConfig();
  const { data: detail } = useDetail(id);
  const mode = useSession(id, (state) => state.mode) ?? detail?.permissionMode ?? 'default';
  const model = useSession(id, (state) => state.model) ?? 'default';
  const actions = useSessionActions(id);
  const effort = useSetEffort(id);
  if (!config) return [];
  return [
    {
      label: 'Permission mode',
      value: mode,
      warns: mode === 'bypassPermissions',
      options: [...new Set([...config.permissionModes, mode])].map((one) => [one, MODE_NAMES[one]]),
      onPick: (value) => actions.setMode(config.permissionModes.find((one) => one === value) ?? 'default'),
    },
    {
      label: 'Model',
      value: model,
      warns: false,
      options: [...new Set([...config.models, model])].map((one) => [
        one,
        one === 'default' ? 'Default model' : one,
      ]),
      onPick: (value) => actions.setModel(value === 'default' ? null : value),
    },
    {
      label: 'Effort',
      value: (effort.isPending ? effort.variables : detail?.effort) ?? '',
      warns: false,
      options: [['', 'Default effort'], ...config.efforts.map((one) => [one, `Effort: ${one}`] as const)],
      onPick: (value) => effort.mutate(config.efforts.find((one) => one === value) ?? null),
    },
  ];
}
