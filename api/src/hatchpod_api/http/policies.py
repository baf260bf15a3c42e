"""What a page may load and do, as its `Content-Security-Policy`. A nonce is for one response."""

_NOTHING = "default-src 'none'"
_NO_WAY_OUT = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page_policy(nonce: str) -> str:
    """For a page without scripts: it shows itself, with the one style that has this nonce."""
    return f"{_NOTHING}; style-src 'nonce-{nonce}'; {_NO_WAY_OUT}"


def ui_policy(nonce: str) -> str:
    """For the web UI: code and styles that have this nonce or were loaded by such code, and no other server at all.

    `'self'` is a WebSocket's origin as well. Pictures may be `data:` and `blob:`, which lead nowhere.
    """
    trusted = f"script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; worker-src 'self'"
    loaded = "connect-src 'self'; font-src 'self'; img-src 'self' data: blob:; manifest-src 'self'"
    return f"{_NOTHING}; {trusted}; {loaded}; {_NO_WAY_OUT}"


# For a script: in a page the page's own policy counts, in a worker the one that its script came with.
SCRIPT_POLICY = f"{_NOTHING}; script-src 'self'; connect-src 'self'; {_NO_WAY_OUT}"
