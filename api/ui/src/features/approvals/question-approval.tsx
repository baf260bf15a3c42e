import { useId, useState } from 'react';

import type { Approval, Question } from '@/api';
import { Badge, Button, Input } from '@/ui';
import { answersOf, chosen, NOTHING, typed, type Choice } from './answers';
import { Key } from './key';
import type { Answering } from './use-answering';

interface QuestionApprovalProps {
  approval: Approval;
  answering: Answering;
}

/** What the agent asks, with its options and room for another answer. */
export function QuestionApproval({ approval: { questions = [] }, answering }: QuestionApprovalProps) {
  const [choices, setChoices] = useState<readonly Choice[]>([]);
  const answers = answersOf(questions, choices);
  const choiceOf = (number: number) => choices[number] ?? NOTHING;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (answers) answering.allow({ answers });
      }}
    >
      <div className="flex flex-col gap-5 py-2">
        {questions.map((question, number) => (
          <Options
            key={number}
            question={question}
            choice={choiceOf(number)}
            onChange={(choice) =>
              setChoices(questions.map((_, at) => (at === number ? choice : choiceOf(at))))
            }
          />
        ))}
      </div>
      <div className="mt-2 grid grid-cols-2 gap-2 sm:flex sm:flex-row-reverse">
        <Button
          type="submit"
          look="primary"
          className="pointer-coarse:h-12"
          busy={answering.busy}
          disabled={answers === null}
        >
          Answer <Key name="Enter" />
        </Button>
        <Button className="pointer-coarse:h-12" disabled={answering.busy} onClick={() => answering.deny('')}>
          Stop instead
        </Button>
      </div>
    </form>
  );
}

interface OptionsProps {
  question: Question;
  choice: Choice;
  onChange: (choice: Choice) => void;
}

function Options({ question, choice, onChange }: OptionsProps) {
  const name = useId();
  const type = question.multiSelect === true ? 'checkbox' : 'radio';
  const option =
    'flex min-h-10 touch-target items-center gap-3 rounded-md border px-3 py-1.5 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft';
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 flex flex-wrap items-center gap-2 font-medium">
        {question.header && <Badge>{question.header}</Badge>}
        {question.question}
      </legend>
      <div className="grid gap-2">
        {question.options.map(({ label, description }) => (
          <label key={label} className={option}>
            <input
              {...{ type, name }}
              checked={choice.labels.includes(label)}
              onChange={() => onChange(chosen(choice, question, label))}
              className="size-4 shrink-0 accent-accent"
            />
            <span>
              {label}
              {description && <span className="block text-sm text-muted">{description}</span>}
            </span>
          </label>
        ))}
        <label className={option}>
          <input
            {...{ type, name }}
            checked={choice.text !== null}
            onChange={() =>
              onChange(typed(choice, question, choice.text === null || type === 'radio' ? '' : null))
            }
            className="size-4 shrink-0 accent-accent"
          />
          Something else
        </label>
        {choice.text !== null && (
          <Input
            autoFocus
            label="Your answer"
            hideLabel
            placeholder="Your answer"
            value={choice.text}
            onChange={(event) => onChange(typed(choice, question, event.target.value))}
          />
        )}
      </div>
    </fieldset>
  );
}
