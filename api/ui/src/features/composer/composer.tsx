/** The foot of a conversation: what is typed, what waits, and how it goes on. */
import { ArrowUp, Square } from 'lucide-react';
import { useMemo, useState } from 'react';

import {
  isBusy,
  readDraft,
  useRefusals,
  useSession,
  useSessionActions,
  writeDraft,
  type Refusal,
} from '@/stream';
import { IconButton, toast } from '@/ui';
import { earlierPrompts } from './history';
import { ConnectionNotice } from './notice';
import { Pending } from './pending';
import { Picker } from './picker';
import { Pickers } from './pickers';
import { PromptBox } from './prompt-box';
import { useConfig, useDetail } from './queries';
import { Queue } from './queue';
import { useAttachments } from './use-attachments';

type Way = 'queue' | 'steer';

const WAYS: Record<Way, { name: string; verb: string }> = {
  queue: { name: 'Queue', verb: 'Queue prompt' },
  steer: { name: 'Steer', verb: 'Steer the turn' },
};

function tell({ error }: Refusal): void {
  toast(error, 'error');
}

export function Composer({ id }: { id: string }) {
  useRefusals(id, tell);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-2 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <ConnectionNotice id={id} />
      <Queue id={id} />
      <Pending id={id} />
      <Box key={id} id={id} />
    </div>
  );
}

function Box({ id }: { id: string }) {
  const [text, setText] = useState(() => readDraft(id));
  const [way, setWay] = useState<Way>('queue');
  const busy = useSession(id, (state) => isBusy(state.status));
  const commands = useSession(id, (state) => state.slashCommands);
  const messages = useSession(id, (state) => state.messages);
  const earlier = useMemo(() => earlierPrompts(messages), [messages]);
  const actions = useSessionActions(id);
  const attachments = useAttachments(useConfig().data?.browseRoot);
  const { data: detail } = useDetail(id);

  const change = (value: string) => {
    setText(value);
    writeDraft(id, value);
  };
  const sendable = !attachments.busy && (text.trim() !== '' || attachments.ready.length > 0);
  const send = () => {
    if (!sendable) return;
    actions.prompt(text, { ...(busy && { mode: way }), attachments: attachments.ready });
    change('');
    attachments.clear();
  };
  const verb = busy ? WAYS[way].verb : 'Send prompt';
  return (
    <PromptBox
      label="Prompt"
      value={text}
      onChange={change}
      onSubmit={send}
      {...(busy && { onEscape: () => actions.interrupt() })}
      attachments={attachments}
      cwd={detail?.cwd}
      commands={commands}
      earlier={earlier}
      placeholder={busy ? 'What comes next?' : 'Ask Claude; / for commands, @ for files'}
    >
      <Pickers id={id} />
      {busy && (
        <>
          <Picker
            label="While it works"
            value={way}
            onPick={(value) => setWay(value === 'steer' ? 'steer' : 'queue')}
          >
            <option value="queue">{WAYS.queue.name}</option>
            <option value="steer">{WAYS.steer.name}</option>
          </Picker>
          <IconButton label="Interrupt" onClick={() => actions.interrupt()}>
            <Square aria-hidden className="fill-current" />
          </IconButton>
        </>
      )}
      <button
        type="button"
        aria-label={verb}
        title={verb}
        disabled={!sendable}
        onClick={send}
        className="inline-flex size-8 touch-target shrink-0 items-center justify-center rounded-md bg-accent text-on-accent transition-colors hover:not-disabled:bg-accent-hover disabled:opacity-55"
      >
        <ArrowUp aria-hidden className="size-5" />
      </button>
    </PromptBox>
  );
}
