/** The nonce of this page's content security policy. */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}

/** Gives the nonce to every `<style>` that a library makes (the terminal, the editor), before it is in the document. */
export function stampStyles(): void {
  const value = nonce();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- only the overload for elements of any name is
  document.createElement = new Proxy(document.createElement.bind(document), {
    apply(create, document, args: [string]) {
      const element: unknown = Reflect.apply(create, document, args);
      if (element instanceof HTMLStyleElement) element.nonce = value;
      return element;
    },
  });
}
