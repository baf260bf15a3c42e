/** The answers to what an agent asks. */
import type { Question } from '@/api';

/** What is chosen and typed for one question. */
export interface Choice {
  readonly labels: readonly string[];
  /** Null while it is not wanted. */
  readonly text: string | null;
}

export const NOTHING: Choice = { labels: [], text: null };

export function chosen(choice: Choice, question: Question, label: string): Choice {
  if (question.multiSelect !== true) return { labels: [label], text: null };
  const labels = choice.labels.includes(label)
    ? choice.labels.filter((one) => one !== label)
    : [...choice.labels, label];
  return { ...choice, labels };
}

export function typed(choice: Choice, question: Question, text: string | null): Choice {
  return { labels: question.multiSelect === true ? choice.labels : [], text };
}

function answerOf(question: Question, { labels, text }: Choice): string | string[] | null {
  const said = [...labels, ...(text !== null && text.trim() !== '' ? [text.trim()] : [])];
  if (said.length === 0) return null;
  return question.multiSelect === true ? said : (said[0] ?? null);
}

/** The answers by question; null while one is missing. */
export function answersOf(
  questions: readonly Question[],
  choices: readonly Choice[],
): Record<string, string | string[]> | null {
  const answers: Record<string, string | string[]> = {};
  for (const [number, question] of questions.entries()) {
    const answer = answerOf(question, choices[number] ?? NOTHING);
    if (answer === null) return null;
    answers[question.question] = answer;
  }
  return answers;
}
