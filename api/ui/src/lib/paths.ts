/** Paths below the workspace's root, which is the empty path. */

export interface Crumb {
  readonly name: string;
  readonly path: string;
}

export function join(path: string, name: string): string {
  return path ? `${path}/${name}` : name;
}

/** Every folder from the root to `path`, both included. */
export function crumbs(path: string): Crumb[] {
  const names = path.split('/').filter(Boolean);
  return [
    { name: 'Workspace', path: '' },
    ...names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') })),
  ];
}

/** The folder that a path is in. */
export function parent(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
