import { Check, Copy } from 'lucide-react';
import { useState } from 'react';

import { Button, Dialog, Input, Notice, toastError } from '@/ui';

interface SecretProps {
  title: string;
  label: string;
  value: string;
  onClose: () => void;
}

/** Something secret that the server shows this one time. */
export function Secret({ title, label, value, onClose }: SecretProps) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Only pages that came by HTTPS may write there.
      toastError(new Error('The browser does not let the page copy; select the text and copy it yourself'));
    }
  };
  return (
    <Dialog open onClose={onClose} title={title}>
      <div className="flex flex-col gap-4">
        <Notice kind="warning">Keep it now: it is not shown again.</Notice>
        <Input
          label={label}
          readOnly
          value={value}
          className="font-mono"
          onFocus={({ target }) => target.select()}
        />
        <div className="flex justify-end gap-2">
          <Button onClick={() => void copy()}>
            {copied ? <Check aria-hidden className="size-4" /> : <Copy aria-hidden className="size-4" />}
            {copied ? 'Copied' : 'Copy'}
          </Button>
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
