/** Which addresses in what an agent wrote lead somewhere: everything else is shown as text. */

const LINKS = new Set(['http:', 'https:', 'mailto:']);
const PICTURES = /^data:image\/(?:png|jpe?g|gif|webp|avif|svg\+xml)[;,]/i;

/** An address that may be opened in another tab; null for one that may not, and for one that is relative. */
export function safeLink(url: string | undefined): string | null {
  try {
    const { protocol, href } = new URL(url ?? '');
    return LINKS.has(protocol) ? href : null;
  } catch {
    return null;
  }
}

/** An address that may be loaded as a picture: of this workstation's sessions, or one that leads nowhere. */
export function safeImage(url: string | undefined): string | null {
  if (!url) return null;
  if (PICTURES.test(url) || url.startsWith('blob:')) return url;
  try {
    const { origin, pathname, href } = new URL(url, window.location.origin);
    return origin === window.location.origin && pathname.startsWith('/api/sessions/') ? href : null;
  } catch {
    return null;
  }
}
