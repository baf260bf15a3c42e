/** Which card shows which tool. A card's code is loaded with the first one of its kind. */
import type { ComponentType } from 'react';

import GenericCard from './generic';
import { late } from './late';
import type { CardProps } from './tool-card';

const Bash = late(() => import('./bash'));
const Read = late(() => import('./read'));
const Edit = late(() => import('./edit'));
const Search = late(() => import('./search'));
const Web = late(() => import('./web'));
const Task = late(() => import('./task'));
const Todo = late(() => import('./todo'));
const Plan = late(() => import('./plan'));
const Question = late(() => import('./question'));

const CARDS: ReadonlyMap<string, () => ComponentType<CardProps>> = new Map([
  ['Agent', Task],
  ['AskUserQuestion', Question],
  ['Bash', Bash],
  ['Edit', Edit],
  ['ExitPlanMode', Plan],
  ['Glob', Search],
  ['Grep', Search],
  ['MultiEdit', Edit],
  ['NotebookEdit', Edit],
  ['NotebookRead', Read],
  ['Read', Read],
  ['Task', Task],
  ['TodoWrite', Todo],
  ['WebFetch', Web],
  ['WebSearch', Web],
  ['Write', Edit],
]);

export function cardFor(toolName: string): ComponentType<CardProps> {
  return CARDS.get(toolName)?.() ?? GenericCard;
}
