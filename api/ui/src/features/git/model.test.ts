import { describe, expect, test } from 'vitest';

import type { GitBranch, GitFile } from '@/api';
import { branchChoices, changeRows, changesOf, lineCounts, pathsOf } from './model';

function file(path: string, parts: Partial<GitFile> = {}): GitFile {
  return {
    path,
    originalPath: null,
    index: 'unmodified',
    worktree: 'modified',
    insertions: 3,
    deletions: 1,
    binary: false,
    untracked: false,
    staged: false,
    conflicted: false,
    ...parts,
  };
}

function branch(name: string, remote = false): GitBranch {
  return { name, remote, current: false, commit: '', upstream: null, subject: '', committedAt: '' };
}

describe('changed files', () => {
  const both = file('both', { index: 'added', staged: true });
  const fresh = file('fresh', { untracked: true, index: 'unmodified', worktree: 'unmodified' });
  const torn = file('torn', { conflicted: true, index: 'unmerged', worktree: 'unmerged' });

  test('are listed in groups, twice where they were staged and changed again', () => {
    const rows = changeRows([both, fresh, torn]).map(({ key }) => key);
    expect(rows).toEqual([
      'conflicts',
      'conflicts torn',
      'staged',
      'staged both',
      'unstaged',
      'unstaged both',
      'unstaged fresh',
    ]);
    expect(changesOf([both], 'staged')[0]?.state).toBe('added');
    expect(changesOf([both], 'unstaged')[0]?.state).toBe('modified');
    expect(changesOf([fresh], 'unstaged')[0]?.state).toBe('untracked');
    expect(changeRows([])).toEqual([]);
  });

  test('tell of lines only where all of them are on one side', () => {
    expect(lineCounts(file('one'))).toEqual({ added: 3, removed: 1 });
    expect(lineCounts(both)).toBeNull();
    expect(lineCounts(fresh)).toBeNull();
    expect(lineCounts(file('picture', { binary: true }))).toBeNull();
  });

  test('have two names where they were renamed', () => {
    const renamed = file('new', {
      originalPath: 'old',
      index: 'renamed',
      worktree: 'unmodified',
      staged: true,
    });
    expect(pathsOf(changesOf([renamed, both], 'staged'))).toEqual(['old', 'new', 'both']);
  });
});

test('a branch of a remote is one to switch to until there is a local one of its name', () => {
  const all = [branch('main'), branch('origin/main', true), branch('origin/feature/x', true)];
  expect(branchChoices(all, '').map(({ target }) => target)).toEqual(['main', 'feature/x']);
  expect(branchChoices(all, ' FEAT ').map(({ name }) => name)).toEqual(['origin/feature/x']);
});
