import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

import { IconButton, toast } from '@/ui';

const SHOWN_FOR = 1500; // milliseconds

interface CopyButtonProps {
  text: string;
  label?: string;
  className?: string;
}

export function CopyButton({ text, label = 'Copy', className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_FOR);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      toast('The browser does not let this page copy; open it over HTTPS', 'error');
    }
  }

  return (
    <>
      <IconButton
        label={label}
        className={className}
        onClick={() => {
          void copy();
        }}
      >
        {copied ? <Check aria-hidden className="text-success" /> : <Copy aria-hidden />}
      </IconButton>
      <span role="status" className="sr-only">
        {copied && 'Copied'}
      </span>
    </>
  );
}
