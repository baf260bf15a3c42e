import { FileText } from 'lucide-react';
import { useMemo } from 'react';

import { CodeLines, languageOf } from '@/lib/highlight';
import { useChat } from '../context';
import { Pictures } from '../pictures';
import { numbered, relative, textIn } from '@/lib/tools';
import { Clipped, Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** A file that was read. */
export default function ReadCard({ call, grouped }: CardProps) {
  const { cwd } = useChat();
  const { use, result, images } = call;
  const path = textIn(use?.input ?? {}, 'file_path') || textIn(use?.input ?? {}, 'notebook_path');
  const output = result?.output ?? '';
  const file = useMemo(() => (output === '' ? null : numbered(output)), [output]);
  const lines = file?.text.split('\n').length ?? 0;
  const last = (file?.first ?? 1) + lines - 1;
  return (
    <ToolCard
      {...{ call, grouped: grouped ?? false }}
      icon={FileText}
      name="Read"
      about={relative(path, cwd)}
      extent={file ? (file.first > 1 ? `${file.first}–${last}` : `${lines} lines`) : undefined}
      opened={images.length > 0 && !grouped}
    >
      {result && (
        <>
          {file ? (
            <Clipped id={result.toolUseId} lines={lines} shown={20} label={`Content of ${path}`}>
              <pre className="px-3 py-2 font-mono text-sm">
                <code>
                  <CodeLines code={file.text} language={languageOf(path)} />
                </code>
              </pre>
            </Clipped>
          ) : (
            (images.length === 0 || result.output !== '') && (
              <Output
                id={result.toolUseId}
                text={result.output}
                failed={result.isError === true}
                shown={20}
              />
            )
          )}
          {images.length > 0 && <Pictures images={images} className="p-3" />}
        </>
      )}
    </ToolCard>
  );
}
