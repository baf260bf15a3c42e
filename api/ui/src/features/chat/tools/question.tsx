import { MessageCircleQuestion } from 'lucide-react';

import { listIn, textIn } from '@/lib/tools';
import { Output } from './output';
import { ToolCard, type CardProps } from './tool-card';

/** What the agent asked, and what was answered. */
export default function QuestionCard({ call }: CardProps) {
  const { use, result } = call;
  const questions = listIn(use?.input ?? {}, 'questions');
  return (
    <ToolCard
      call={call}
      icon={MessageCircleQuestion}
      name="Question"
      about={questions.map((question) => textIn(question, 'header')).join(', ')}
      opened
    >
      {questions.length > 0 && (
        <ul className="px-3 py-2">
          {questions.map((question, number) => (
            <li key={number} className="py-0.5">
              {textIn(question, 'question')}
              <span className="block text-sm text-muted">
                {listIn(question, 'options')
                  .map((option) => textIn(option, 'label'))
                  .join(' · ')}
              </span>
            </li>
          ))}
        </ul>
      )}
      {result && (
        <div className="border-t">
          <Output id={result.toolUseId} text={result.output} failed={result.isError === true} />
        </div>
      )}
    </ToolCard>
  );
}
