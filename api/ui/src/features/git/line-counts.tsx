export function LineCounts({ added, removed }: { added: number; removed: number }) {
  if (added + removed === 0) return null;
  return (
    <span className="shrink-0 font-mono text-xs tabular-nums">
      {added > 0 && (
        <span className="text-success">
          +{added}
          <span className="sr-only"> lines added </span>
        </span>
      )}{' '}
      {removed > 0 && (
        <span className="text-danger">
          −{removed}
          <span className="sr-only"> lines removed</span>
        </span>
      )}
    </span>
  );
}
