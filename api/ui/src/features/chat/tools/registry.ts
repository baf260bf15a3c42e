/** Which card shows which tool. A card's code is loaded with the first one of its kind. */
import { lazy, type ComponentType } from 'react';

import GenericCard from './generic';
import type { CardProps } from './tool-card';

const Bash = lazy(() => import('./bash'));
const Read = lazy(() => import('./read'));
const Edit = lazy(() => import('./edit'));
const Search = lazy(() => import('./search'));
const Web = lazy(() => import('./web'));
const Task = lazy(() => import('./task'));
const Todo = lazy(() => import('./todo'));
const Plan = lazy(() => import('./plan'));
const Question = lazy(() => import('./question'));

const CARDS: ReadonlyMap<string, ComponentType<CardProps>> = new Map<string, ComponentType<CardProps>>([
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
  return CARDS.get(toolName) ?? GenericCard;
}
