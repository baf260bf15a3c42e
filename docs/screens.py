"""Take pictures of docs/ui.md from what the browser tests left in .cache/screens: as WebP, in docs/images.

Run by `make screens`, after the tests that take them.
"""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

from playwright.sync_api import Page

from chromium import chromium

REPOSITORY = Path(__file__).resolve().parents[1]
TAKEN = REPOSITORY / ".cache/screens"
KEPT = REPOSITORY / "docs/images"
PAGE = REPOSITORY / "docs/ui.md"
LARGEST, ALTOGETHER = 120_000, 1_000_000  # bytes: everybody who clones has them

_WEBP = """async (png) => {
    const picture = new Image()
    picture.src = 'data:image/png;base64,' + png
    await picture.decode()
    const { naturalWidth: width, naturalHeight: height } = picture
    const canvas = Object.assign(document.createElement('canvas'), { width, height })
    canvas.getContext('2d').drawImage(picture, 0, 0)
    return canvas.toDataURL('image/webp', 0.85).split(',')[1]
}"""


def shown() -> list[str]:
    """The names of the pictures that the page has."""
    return sorted(set(re.findall(r"images/([\w-]+)\.webp", PAGE.read_text(encoding="utf-8"))))


def problems() -> list[str]:
    """What is wrong with the pictures that are kept; nothing when each is shown, there, and small."""
    sizes = {path.stem: path.stat().st_size for path in KEPT.glob("*.webp")}
    found = [f"docs/images has no {name}.webp; run `make screens`" for name in shown() if name not in sizes]
    found += [f"docs/ui.md does not show {name}.webp" for name in sizes if name not in shown()]
    found += [f"{name}.webp has {size} bytes of {LARGEST}" for name, size in sizes.items() if size > LARGEST]
    if (total := sum(sizes.values())) > ALTOGETHER:
        found.append(f"the pictures have {total} bytes of {ALTOGETHER}")
    return found


def convert(page: Page, png: Path) -> bytes:
    return base64.b64decode(page.evaluate(_WEBP, base64.b64encode(png.read_bytes()).decode()))


def main() -> int:
    KEPT.mkdir(exist_ok=True)
    for path in KEPT.glob("*.webp"):
        path.unlink()
    with chromium() as browser:
        page = browser.new_page()
        for name in shown():
            (KEPT / f"{name}.webp").write_bytes(convert(page, TAKEN / f"{name}.png"))
    for problem in problems():
        sys.stderr.write(f"hatchpod: error: {problem}\n")
    return 1 if problems() else 0


if __name__ == "__main__":
    sys.exit(main())
