import { baseName } from '@/lib/format';
import { Select } from '@/ui';
import { useConfig, useWorkspaces } from './queries';

interface Props {
  label: string;
  hint?: string;
  /** An absolute path; empty for the folder in which sessions begin. */
  value: string;
  onChange: (cwd: string) => void;
}

/** One of the folders that are worked in. */
export function FolderSelect({ value, onChange, ...rest }: Props) {
  const { data: config } = useConfig();
  const { data: workspaces } = useWorkspaces();
  const others = workspaces?.filter(({ path }) => path !== config?.defaultCwd) ?? [];
  return (
    <Select {...rest} value={value} onChange={({ target }) => onChange(target.value)}>
      <option value="">{config ? baseName(config.defaultCwd) : 'workspace'}</option>
      {others.map(({ path }) => (
        <option key={path} value={path}>
          {config ? path.replace(`${config.browseRoot}/`, '') : path}
        </option>
      ))}
    </Select>
  );
}
