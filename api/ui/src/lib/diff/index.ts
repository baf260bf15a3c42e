export { DiffView } from './diff-view';
export { diffOf, parseDiff, type DiffLine, type FileDiff, type Hunk } from './hunks';
