/** The key that does the same, where there is a keyboard. */
export function Key({ name }: { name: string }) {
  return (
    <kbd
      aria-hidden
      className="hidden rounded-sm border border-current px-1 font-sans text-xs pointer-fine:inline"
    >
      {name}
    </kbd>
  );
}
