import { Confirm, toast, toastError } from '@/ui';
import { pathsOf, type Change } from '../model';
import { useMove } from '../queries';

interface Props {
  cwd: string;
  changes: readonly Change[];
  onClose: () => void;
}

export function Discard({ cwd, changes, onClose }: Props) {
  const discard = useMove(cwd, 'discard');
  const fresh = changes.filter(({ state }) => state === 'untracked').length;
  const [only] = changes;
  const one = changes.length === 1 && only ? only.file.path : null;
  const lost = fresh
    ? fresh === changes.length
      ? `${one ? 'The file is' : 'These files are'} deleted: git does not know ${one ? 'it' : 'them'} yet.`
      : `Changes that are not staged are lost, and ${fresh} untracked ${fresh === 1 ? 'file is' : 'files are'} deleted.`
    : 'Changes that are not staged are lost.';
  return (
    <Confirm
      open
      title={one ? `Discard changes of ${one}?` : `Discard changes of ${changes.length} files?`}
      description={`${lost} This cannot be undone.`}
      action="Discard"
      busy={discard.isPending}
      onClose={onClose}
      onConfirm={() =>
        discard.mutate(pathsOf(changes), {
          onSuccess: () => {
            toast(one ? `Discarded changes of ${one}` : `Discarded changes of ${changes.length} files`);
            onClose();
          },
          onError: (error) => {
            toastError(error);
            onClose();
          },
        })
      }
    />
  );
}
