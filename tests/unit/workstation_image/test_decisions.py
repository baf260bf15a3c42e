"""Digests, certificates, apt sources and the explanations of failed builds."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.workstation_image import (
    AptSource,
    apt_sources,
    certificates,
    explain_failure,
    extra_certificates,
    image_digest,
    mirror_lines,
)
from hypothesis import given
from hypothesis import strategies as st


def pem(body: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


bodies = st.lists(st.text("ABCabc012+/=", min_size=1, max_size=64), max_size=6, unique=True)

# --- certificates ---


@given(bodies, st.sampled_from(["", "# Company CA\n", "Bag Attributes: none\n\n"]), st.sampled_from(["\n", "\r\n"]))
def test_certificates_are_found_among_other_text(wanted: list[str], between: str, newline: str) -> None:
    text = "".join(between + pem(body) for body in wanted).replace("\n", newline)
    assert certificates(text) == [pem(body) for body in wanted]


@pytest.mark.parametrize("text", ["", "/etc/ssl/company.crt", "-----BEGIN CERTIFICATE-----\nQUJD\n"])
def test_what_is_no_certificate(text: str) -> None:
    assert certificates(text) == []


def test_extra_certificates_are_those_that_the_distribution_lacks(tmp_path: Path) -> None:
    (tmp_path / "stock" / "mozilla").mkdir(parents=True)
    (tmp_path / "stock" / "mozilla" / "A.crt").write_text(pem("A"))
    (tmp_path / "stock" / "mozilla" / "B.crt").write_text(pem("B").replace("\n", "\r\n"))
    (tmp_path / "bundle.crt").write_text(pem("Z") + pem("A") + pem("Y") + pem("B") + pem("Z"))
    assert extra_certificates(tmp_path / "bundle.crt", tmp_path / "stock") == [pem("Y"), pem("Z")]


def test_extra_certificates_without_bundle_or_without_stock(tmp_path: Path) -> None:
    assert extra_certificates(tmp_path / "none", tmp_path) == []
    (tmp_path / "bundle.crt").write_text(pem("A"))
    assert extra_certificates(tmp_path / "bundle.crt", tmp_path / "none") == [pem("A")]


# --- the digest ---

BUILD = {"context_digest": "c0", "build_args": {"A": "1", "B": "2"}, "base": "debian@sha256:0", "extra": ["x", "y"]}


@pytest.mark.parametrize(
    "change",
    [
        {"context_digest": "c1"},
        {"build_args": {"A": "1"}},
        {"build_args": {"A": "1", "B": "3"}},
        {"build_args": {"A": "12", "B": ""}},
        {"base": "debian@sha256:1"},
        {"extra": ["x"]},
        {"extra": ["xy"]},
        {"extra": []},
    ],
)
def test_digest_changes_with_each_part(change: dict[str, object]) -> None:
    assert image_digest(**{**BUILD, **change}) != image_digest(**BUILD)  # type: ignore[arg-type]


def test_digest_ignores_order() -> None:
    other = {**BUILD, "build_args": {"B": "2", "A": "1"}, "extra": ["y", "x"]}
    assert image_digest(**other) == image_digest(**BUILD)  # type: ignore[arg-type]


def test_digest_is_a_sha256() -> None:
    digest = image_digest("c0", {}, "b", [])
    assert len(digest) == 64
    assert int(digest, 16)


# --- apt sources ---

MIRROR = "http://mirror.example.org/debian"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (f"deb {MIRROR} trixie main", [(MIRROR, "trixie")]),
        (f"deb {MIRROR}/ trixie main contrib\n", [(MIRROR, "trixie")]),
        (f"  deb\t{MIRROR}\ttrixie\tmain # fast\n", [(MIRROR, "trixie")]),
        (f"#deb {MIRROR} trixie main\n# deb {MIRROR} sid main\n", []),
        (f"deb-src {MIRROR} trixie main", []),
        (f"deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/k.gpg ] {MIRROR} trixie main", [(MIRROR, "trixie")]),
        (f"deb [trusted=yes]  {MIRROR} trixie main", [(MIRROR, "trixie")]),
        (
            f"deb {MIRROR} trixie main\ndeb {MIRROR} trixie-updates main\ndeb {MIRROR}-security trixie-security main",
            [(MIRROR, "trixie"), (MIRROR, "trixie-updates"), (f"{MIRROR}-security", "trixie-security")],
        ),
        (f"deb\n{MIRROR} trixie main", []),
        ("deb file:/srv/mirror ./\n", [("file:/srv/mirror", "./")]),
    ],
)
def test_one_line_sources(text: str, found: list[tuple[str, str]]) -> None:
    assert apt_sources(text, deb822=False) == [AptSource(*one) for one in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("# nothing here\n", []),
        (f"Types: deb\nURIs: {MIRROR}/\nSuites: trixie\nComponents: main\n", [(MIRROR, "trixie")]),
        (f"types: deb\nuris: {MIRROR}\nsuites: trixie", [(MIRROR, "trixie")]),
        (
            f"Types: deb deb-src\nURIs: {MIRROR} ftp://b/\nSuites: trixie trixie-updates\n",
            [(MIRROR, "trixie"), (MIRROR, "trixie-updates"), ("ftp://b", "trixie"), ("ftp://b", "trixie-updates")],
        ),
        (f"Types: deb\nURIs:\n {MIRROR}\n http://b\nSuites: trixie\n", [(MIRROR, "trixie"), ("http://b", "trixie")]),
        (f"Types: deb-src\nURIs: {MIRROR}\nSuites: trixie\n", []),
        *((f"Enabled: {no}\nTypes: deb\nURIs: {MIRROR}\nSuites: trixie\n", []) for no in ("no", "No", "false", "0")),
        (f"Enabled: yes\nTypes: deb\nURIs: {MIRROR}\nSuites: trixie\n", [(MIRROR, "trixie")]),
        (
            f"Types: deb\n# the fast one\nURIs: {MIRROR}\n# Suites: sid\nSuites: trixie\n",
            [(MIRROR, "trixie")],
        ),
        (
            f"Types: deb\nURIs: {MIRROR}\nSuites: trixie\n\n\n  \nTypes: deb\nURIs: http://s/\nSuites: sid\n",
            [(MIRROR, "trixie"), ("http://s", "sid")],
        ),
        (
            "Types: deb\nURIs: http://a\nSuites: trixie\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n"
            " URIs: http://b\n -----END PGP PUBLIC KEY BLOCK-----\n",
            [("http://a", "trixie")],
        ),
    ],
)
def test_deb822_sources(text: str, found: list[tuple[str, str]]) -> None:
    assert apt_sources(text, deb822=True) == [AptSource(*one) for one in found]


def test_mirror_lines_take_the_hosts_mirrors_for_another_suite() -> None:
    sources = [
        AptSource("http://third-party", "stable"),
        AptSource(MIRROR, "bookworm"),
        AptSource("http://second", "bookworm"),
        AptSource(f"{MIRROR}-security", "bookworm-security"),
    ]
    assert mirror_lines(sources, "bookworm", "trixie") == [
        f"deb {MIRROR} trixie main",
        f"deb {MIRROR} trixie-updates main",
        f"deb {MIRROR}-security trixie-security main",
    ]
    assert mirror_lines(sources[1:2], "bookworm", "trixie") == [
        f"deb {MIRROR} trixie main",
        f"deb {MIRROR} trixie-updates main",
    ]


def test_no_mirror_for_the_hosts_release() -> None:
    with pytest.raises(ValueError, match="name no mirror for bookworm"):
        mirror_lines([AptSource(MIRROR, "trixie")], "bookworm", "trixie")


# --- failed builds ---

PIP_TLS = """\
WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by 'SSLError(SSLCertVerificationError(1,
'[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate (_ssl.c:1029)'))'
ERROR: Could not find a version that satisfies the requirement uv==0.13.6 (from versions: none)
ERROR: No matching distribution found for uv==0.13.6
"""
APT_TLS = """\
Err:1 https://mirror.example.org/debian trixie InRelease
  Certificate verification failed: The certificate is NOT trusted. The certificate issuer is unknown.
W: Failed to fetch https://mirror.example.org/debian/dists/trixie/InRelease  Certificate verification failed
"""
PIP_HASH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions,
please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    uv==0.13.6 from https://files.example.org/uv.whl (from -r requirements.txt (line 9)):
        Expected sha256 aaaa
"""


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("write /var/lib/docker/tmp/x: no space left on device", "disk is full"),
        ("tar: nodejs: Cannot write: No space left on device\ntar: Exiting with failure status", "disk is full"),
        ("dpkg: error: failed in write on buffer copy (No space left on device)", "disk is full"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "disk is full"),
        ("npm error ENOSPC: ENOSPC: no space left on device, write", "disk is full"),
        (PIP_TLS, "certificate is not trusted"),
        (APT_TLS, "certificate is not trusted"),
        ("curl: (60) SSL certificate problem: self-signed certificate in certificate chain", "certificate is not"),
        ("npm error code SELF_SIGNED_CERT_IN_CHAIN", "certificate is not trusted"),
        ("npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate is not trusted"),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "certificate is not"),
        ("Caused by: invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("Temporary failure resolving 'mirror.example.org'", "could not be reached"),
        ("W: Failed to fetch http://mirror.example.org/x  Connection timed out", "could not be reached"),
        ("curl: (6) Could not resolve host: mirror.example.org", "could not be reached"),
        ("ERROR: No matching distribution found for uv==0.13.6", "could not be reached"),
        ("npm error code ECONNREFUSED\nnpm error errno ECONNREFUSED", "npm's registry"),
        ("npm error code EAI_AGAIN\nnpm error request to registry failed", "could not be reached"),
        ("npm error code UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate is not trusted"),
        ("npm error code EINTEGRITY", "not the one that was locked"),
        (PIP_HASH, "not the one that was locked"),
        ("/bin/sh: line 1:  77 Killed                  apt-get install", "out of memory"),
        ("c++: fatal error: Out of memory allocating 64 bytes", "out of memory"),
        ("The command '/bin/sh -c x' returned a non-zero code: 137", "out of memory"),
        ("hatchpod: ended docker after 3600 s", "took too long"),
        ("Setting up chat-room (1.0) ... bloom ... zoom", "last lines of its output say why"),
        ("", "last lines of its output say why"),
        ("no space left on device\n" + "Step 2/9 : RUN true\n" * 1000, "last lines of its output say why"),
    ],
)
def test_failures_are_explained(output: str, says: str) -> None:
    assert says in explain_failure(output, "/srv/docker")


def test_full_disk_names_its_place_and_the_fix() -> None:
    told = explain_failure("no space left on device", "/srv/docker")
    assert "/srv/docker" in told
    assert "docker image prune" in told
