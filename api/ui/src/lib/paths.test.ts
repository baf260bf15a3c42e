import { expect, test } from 'vitest';

import { crumbs, join } from './paths';

test('crumbs lead from the root to the folder', () => {
  expect(crumbs('')).toEqual([{ name: 'Workspace', path: '' }]);
  expect(crumbs(join(join('', 'a b'), 'c')).map((crumb) => crumb.path)).toEqual(['', 'a b', 'a b/c']);
});
