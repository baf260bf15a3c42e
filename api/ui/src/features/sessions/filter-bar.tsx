import { useQuery } from '@tanstack/react-query';
import { ListFilter, Search } from 'lucide-react';
import { useId, useState } from 'react';

import { api, data, type SessionStatus } from '@/api';
import { IconButton, Input, Select, Switch } from '@/ui';
import { NO_FILTERS, type Filters } from './filters';

const STATUSES: readonly (readonly [SessionStatus, string])[] = [
  ['running', 'Running'],
  ['waiting_for_approval', 'Needs you'],
  ['idle', 'Idle'],
  ['completed', 'Completed'],
  ['interrupted', 'Interrupted'],
  ['error', 'Error'],
  ['history', 'History'],
];

interface Props {
  filters: Filters;
  onChange: (filters: Filters) => void;
}

export function FilterBar({ filters, onChange }: Props) {
  const set = ({ cwd, status, archived } = filters) => cwd !== '' || status !== '' || archived;
  const [open, setOpen] = useState(set);
  const panel = useId();
  return (
    <search className="flex flex-col gap-2 border-b px-4 pb-3">
      <div className="flex items-center gap-2">
        <div className="relative grow">
          <Search
            aria-hidden
            className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-faint"
          />
          <Input
            label="Search sessions"
            hideLabel
            type="search"
            placeholder="Search titles and messages"
            className="pl-9"
            value={filters.q}
            onChange={(event) => onChange({ ...filters, q: event.target.value })}
          />
        </div>
        <IconButton
          label="Filters"
          aria-expanded={open}
          aria-controls={panel}
          onClick={() => {
            if (open && set()) onChange({ ...NO_FILTERS, q: filters.q });
            setOpen(!open);
          }}
          className={set() ? 'text-accent' : ''}
        >
          <ListFilter aria-hidden />
        </IconButton>
      </div>
      {open && (
        <div id={panel} className="flex flex-col gap-2">
          <Choices filters={filters} onChange={onChange} />
        </div>
      )}
    </search>
  );
}

function Choices({ filters, onChange }: Props) {
  const workspaces = useQuery({
    queryKey: ['workspaces'],
    queryFn: ({ signal }) => data(api.GET('/api/workspaces', { signal })),
    staleTime: 60_000,
  });
  return (
    <>
      <Select
        label="Workspace"
        hideLabel
        value={filters.cwd}
        onChange={(event) => onChange({ ...filters, cwd: event.target.value })}
      >
        <option value="">All workspaces</option>
        {workspaces.data?.map(({ path, name }) => (
          <option key={path} value={path}>
            {name}
          </option>
        ))}
      </Select>
      <Select
        label="Status"
        hideLabel
        value={filters.status}
        onChange={(event) => {
          const status = STATUSES.find(([value]) => value === event.target.value)?.[0] ?? '';
          onChange({ ...filters, status });
        }}
      >
        <option value="">Any status</option>
        {STATUSES.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </Select>
      <Switch
        label="Archived"
        checked={filters.archived}
        onChange={(archived) => onChange({ ...filters, archived })}
      />
    </>
  );
}
