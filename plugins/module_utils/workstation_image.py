"""Decisions of the `workstation_image` module that need no Docker: digests, trust, apt sources, error messages."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificates(text: str) -> list[str]:
    """Return the PEM certificates in `text`, each normalised to end with one newline."""
    return [f"{match.group(0)}\n" for match in _CERTIFICATE.finditer(text.replace("\r\n", "\n"))]


def extra_certificates(bundle: Path, stock: Path) -> list[str]:
    """Return the certificates that `bundle` trusts and that no file under `stock` holds, sorted.

    `bundle` is the system's trust bundle and `stock` the folder of the distribution's own certificates.
    Either may be missing.
    """
    if not bundle.is_file():
        return []
    known = {pem for path in stock.rglob("*.crt") for pem in certificates(path.read_text(errors="replace"))}
    return sorted(set(certificates(bundle.read_text(errors="replace"))) - known)


def add_certificates(archive: Path, pems: list[str]) -> None:
    """Put the CA certificates into a context's archive, as `ca/`."""
    with tarfile.open(archive, "a") as context:
        for name, text in [
            ("ca/README", "CA certificates that the build host trusts.\n"),
            *((f"ca/{number:03}.crt", pem) for number, pem in enumerate(pems)),
        ]:
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            member.mode = 0o644
            context.addfile(member, io.BytesIO(text.encode()))


def image_digest(context_digest: str, build_args: dict[str, str], base: str, extra: list[str]) -> str:
    """Return the SHA-256 in hexadecimal that names an image: all that goes into its build."""
    parts = {"context": context_digest, "args": build_args, "base": base, "certificates": sorted(extra)}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class AptSource:
    """One address and one suite of an apt source."""

    uri: str
    suite: str


# What apt takes for "no" in deb822 files, besides other spellings of upper and lower case.
_SWITCHED_OFF = frozenset({"no", "false", "without", "off", "disable", "0"})


def apt_sources(text: str, *, deb822: bool) -> list[AptSource]:
    """Parse a one-line (`*.list`) or deb822 (`*.sources`) file into its binary sources."""
    return _deb822_sources(text) if deb822 else _one_line_sources(text)


def _one_line_sources(text: str) -> list[AptSource]:
    lines = re.finditer(r"^[ \t]*deb[ \t]+(?:\[[^\]\n]*\][ \t]*)?(\S+)[ \t]+(\S+)", text, re.MULTILINE)
    return [AptSource(match.group(1).rstrip("/"), match.group(2)) for match in lines]


def _deb822_sources(text: str) -> list[AptSource]:
    found = []
    for stanza in re.split(r"\n\s*\n", re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)):
        fields = {
            match.group(1).lower(): match.group(2).split()
            for match in re.finditer(r"^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        }
        enabled = " ".join(fields.get("enabled", [])).lower() not in _SWITCHED_OFF
        if "deb" in fields.get("types", []) and enabled:
            found += [
                AptSource(uri.rstrip("/"), suite)
                for uri in fields.get("uris", [])
                for suite in fields.get("suites", [])
            ]
    return found


def mirror_lines(sources: list[AptSource], codename: str, suite: str) -> list[str]:
    """Return apt lines for Debian `suite` from the mirrors that a host of release `codename` uses itself.

    Raises ValueError when the host's sources name no mirror of its own release.
    """
    main = next((source.uri for source in sources if source.suite == codename), None)
    if main is None:
        raise ValueError(f"this host's apt sources name no mirror for {codename}")
    security = next((source.uri for source in sources if source.suite == f"{codename}-security"), None)
    lines = [f"deb {main} {suite} main", f"deb {main} {suite}-updates main"]
    return lines if security is None else [*lines, f"deb {security} {suite}-security main"]


# What a build's output ends with -> what it means and what to do about it.
_FAILURES = (
    (
        r"hatchpod: ended \S+ after \d+ s",
        "It took too long and was ended. Run the same command again, finished steps are kept; if it stays, look for "
        "what makes this host's network or disk slow.",
    ),
    (
        r"[Nn]o space left on device|You don't have enough free space|ENOSPC",
        "The disk is full. Free some space where Docker keeps its data ({data_root}): `docker system df` shows what "
        "uses it, `docker image prune` removes images that nothing uses. Then run the same command again.",
    ),
    (
        r"(?i:certificate[ _]verif(y|ication)[ _]failed|self[- _]signed[ _]cert|unable[ _]to[ _]get[ _](local[ _])?"
        r"issuer|certificate signed by unknown authority|invalid peer certificate|unable_to_verify_leaf_signature)",
        "A server's certificate is not trusted. If this network inspects TLS, add its CA certificate to the build "
        "host's own trust store (or to image_ca_certificates) and run the same command again.",
    ),
    (
        r"Temporary failure (in name resolution|resolving)|Could not resolve|Name or service not known|Failed to fetch"
        r"|Network is unreachable|Connection timed out|Connection refused|No matching distribution found"
        r"|Could not find a version that satisfies"
        r"|\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONN(REFUSED|RESET)|ENETUNREACH)\b",
        "A package mirror could not be reached from the build. It needs Debian's mirror, PyPI and npm's registry; "
        "check the host's network, DNS and proxy, then run the same command again: finished steps are kept.",
    ),
    (
        r"npm (error|ERR!) code (ETARGET|EINVALIDTAGNAME|EINVALIDPACKAGENAME)",
        "npm has no such version of Claude Code. Set image_claude_code_version to a version such as 2.1.330, or leave "
        "it out for the one that is locked.",
    ),
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES|\bEINTEGRITY\b",
        "A downloaded package is not the one that was locked. Do not work around this: try again, and if it stays, "
        "report it to whoever runs your package index.",
    ),
    (
        r"\bKilled\b|[Oo]ut of memory|\bOOM\b|\b(code:?|status) 137\b",
        "The build ran out of memory. Give the host more memory or swap (2 GB are enough).",
    ),
)


def explain_failure(output: str, data_root: str) -> str:
    """Return what the end of a failed build's output means and what to do, in one or two sentences."""
    tail = output[-8000:]
    for pattern, meaning in _FAILURES:
        if re.search(pattern, tail):
            return meaning.format(data_root=data_root)
    return "The last lines of its output say why."
