/** The foot of a conversation: what is typed, what waits, and how it goes on. */
import { ArrowUp, Square } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';

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
import { useEscape } from './use-escape';

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
  const [text, setText] = useState(() => readDraft(id));
  useEffect(() => writeDraft(id, text), [id, text]);
  const bring = useCallback((lost: string) => {
    setText((now) => [now, lost].filter(Boolean).join('\n\n'));
    toast('That prompt has begun as it was; what you made of it is in the box');
  }, []);
  return (
    <div className="mx-auto flex w-full max-w-3xl flex-col gap-2 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))]">
      <ConnectionNotice id={id} />
      <Queue id={id} onLost={bring} />
      <Pending id={id} />
      <Box id={id} text={text} onChange={setText} />
    </div>
  );
}

interface BoxProps {
  id: string;
  text: string;
  onChange: (text: string) => void;
}

function Box({ id, text, onChange }: BoxProps) {
  const [way, setWay] = useState<Way>('queue');
  const busy = useSession(id, (state) => isBusy(state.status));
  const commands = useSession(id, (state) => state.slashCommands);
  const messages = useSession(id, (state) => state.messages);
  const earlier = useMemo(() => earlierPrompts(messages), [messages]);
  const actions = useSessionActions(id);
  const attachments = useAttachments(useConfig().data?.browseRoot);
  const { data: detail } = useDetail(id);

  const interrupt = useCallback(() => actions.interrupt(), [actions]);
  useEscape(busy, interrupt);
  const sendable = !attachments.busy && (text.trim() !== '' || attachments.ready.length > 0);
  const send = () => {
    if (!sendable) return;
    actions.prompt(text, { ...(busy && { mode: way }), attachments: attachments.ready });
    onChange('');
    attachments.clear();
  };
  const verb = busy ? WAYS[way].verb : 'Send prompt';
  return (
    <PromptBox
      label="Prompt"
      value={text}
      onChange={onChange}
      onSubmit={send}
      {...(busy && { onEscape: interrupt })}
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
          <IconButton label="Interrupt" onClick={interrupt}>
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
