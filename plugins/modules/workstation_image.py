#!/usr/bin/python
"""Build the workstation image on a Docker host when its content would differ from what is there."""

from __future__ import annotations

DOCUMENTATION = r"""
module: workstation_image
short_description: Build the workstation image when its context or arguments changed
description:
  - Names an image by a digest over its build context, build arguments, base image and extra CA certificates.
    When the host has an image of that digest, nothing is done; that costs one task and no build.
  - The action plugin of the same name puts the context together on the controller and sends it only when a
    build was asked for and is needed.
  - The base image is pulled from its registry. Where that cannot be reached, the same Debian suite is
    bootstrapped from the mirror in the host's own apt sources.
  - After a build, images of the same name that no container uses are removed, but for the newest before it.
  - One build runs at a time. A second run, also one after an interrupted run, waits for the first to finish.
author: Hatchpod
options:
  name:
    description: Repository name of the image. It is tagged with the digest's first 16 digits and with C(latest).
    type: str
    required: true
  sources:
    description:
      - The build context, place in the context to file or folder on the controller; C(.) is its root.
      - Read by the action plugin.
    type: dict
  context_digest:
    description: SHA-256 of the context. Set by the action plugin.
    type: str
  context:
    description: The context's archive on this host. Set by the action plugin.
    type: path
  build_args:
    description: Build arguments. They can be read in the image's history, so never secrets.
    type: dict
    default: {}
  base:
    description: Base image, pinned by digest.
    type: str
    required: true
  base_suite:
    description: Debian suite to bootstrap where no registry can be reached.
    type: str
    required: true
  ca_certificates:
    description:
      - PEM certificates to trust during the build, beyond the distribution's.
      - When omitted, those that this host's own trust bundle has beyond the distribution's.
    type: list
    elements: str
  build:
    description: Build when needed. Otherwise only report whether a build is needed.
    type: bool
    default: false
  force:
    description: Build even though the host has this image, and take nothing from the build cache.
    type: bool
    default: false
  free_space:
    description: Gigabytes that must be free where Docker keeps its data before a build starts.
    type: int
    default: 6
  log:
    description: File on the host that takes the output of the build.
    type: path
    default: /var/log/hatchpod/image-build.log
attributes:
  check_mode:
    support: full
    description: Says whether a build is needed; builds nothing.
  diff_mode:
    support: none
    description: A digest has no readable difference.
  idempotent:
    support: partial
    description: Except with O(force=true).
"""

EXAMPLES = r"""
- name: Image is the one that its context describes
  workstation_image:
    name: hatchpod/workstation
    sources:
      .: "{{ role_path }}/files"
    base: debian:trixie-slim@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    base_suite: trixie
    build: true
"""

RETURN = r"""
image:
  description: Name and tag of the wanted image.
  type: str
  returned: always
  sample: hatchpod/workstation:8d1f0c0f6a9b2c11
image_id:
  description: Id of that image, V(null) where the host does not have it.
  type: str
  returned: always
size:
  description: Size in bytes, V(null) where the host does not have the image.
  type: int
  returned: always
build_required:
  description: Whether a build was needed when the module began, because the host lacks the image or by O(force).
  type: bool
  returned: always
base_origin:
  description: Where the base image came from.
  type: str
  returned: when the image was built
  sample: registry
ca_certificates:
  description: The extra CA certificates, as PEM.
  type: list
  elements: str
  returned: always
"""

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.workstation_image import (
    AptSource,
    add_certificates,
    apt_sources,
    certificates,
    explain_failure,
    extra_certificates,
    image_digest,
    mirror_lines,
)

WORK = Path("/var/lib/hatchpod/image")
STOCK_CERTIFICATES = Path("/usr/share/ca-certificates")
TRUST_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
DIGEST_LABEL = "hatchpod.digest"
OS_RELEASE = Path("/etc/os-release")
APT = Path("/etc/apt")
BUILD_LIMIT = 3600  # seconds
LOCK_POLL = 2  # seconds


def logged(command: list[str], log: IO[bytes], stdin: IO[bytes]) -> int:
    """Run a command with its output in `log` and return its exit code, 124 where it took too long."""
    # mmdebstrap runs programs in the root that it makes, which a hardened host's /tmp (noexec) does not allow.
    environment = {**os.environ, "TMPDIR": str(WORK)}
    try:
        return subprocess.run(
            command, stdin=stdin, stdout=log, stderr=log, timeout=BUILD_LIMIT, check=False, env=environment
        ).returncode
    except subprocess.TimeoutExpired:
        log.write(f"hatchpod: ended {command[0]} after {BUILD_LIMIT} s\n".encode())
        return 124


class Docker:
    """The `docker` command, and the build log that its long operations write to."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._command = module.get_bin_path("docker", required=False)

    def inspect(self, name: str) -> dict[str, Any] | None:
        """Return what Docker knows of an image, or None when it does not have it."""
        if self._command is None:
            return None
        code, out, _ = self._module.run_command([self._command, "image", "inspect", name])
        return json.loads(out)[0] if code == 0 else None

    def run(self, *arguments: str) -> str:
        """Return the output of a command; ends the module when it fails."""
        _, out, _ = self._module.run_command([self._command or "docker", *arguments], check_rc=True)
        return str(out)

    def remove_superseded(self, name: str, wanted: str) -> None:
        """Remove the images of `name` that no container uses, except the wanted one and the newest before it."""
        listed = self.run(
            "image", "ls", "--filter", f"label={DIGEST_LABEL}", "--format", "{{.Repository}}:{{.Tag}}", name
        )
        tags = [tag for tag in listed.split() if tag not in {wanted, f"{name}:latest"} and not tag.endswith(":<none>")]
        for tag in tags[1:]:
            # Docker itself refuses to remove what a container uses.
            self._module.run_command([self._command or "docker", "image", "rm", tag])

    def logged(self, log: IO[bytes], *arguments: str, stdin: Path | None = None) -> int:
        """Run a command with its output in `log` and return its exit code."""
        with (stdin or Path(os.devnull)).open("rb") as source:
            return logged([self._command or "docker", *arguments], log, source)


class Builder:
    """One build, from the base image to the tags."""

    def __init__(self, module: AnsibleModule, docker: Docker, log: IO[bytes]) -> None:
        self._module = module
        self._docker = docker
        self._log = log
        self._data_root = docker.run("info", "--format", "{{.DockerRootDir}}").strip()

    def fail(self, message: str) -> None:
        """End the module with what failed, what it means and the log's last lines."""
        self._log.flush()
        path = Path(self._log.name)
        text = path.read_text(errors="replace")
        self._module.fail_json(
            msg=f"{message} {explain_failure(text, self._data_root)} The whole output is in {path} on this host.",
            last_lines=text.splitlines()[-15:],
        )

    def check_space(self, gigabytes: int) -> None:
        """Refuse to start where the disk is too small for a build."""
        free = shutil.disk_usage(self._data_root).free
        if free < gigabytes * 10**9:
            self._module.fail_json(
                msg=f"Building the workstation image needs {gigabytes} GB free in {self._data_root}, and "
                f"{free / 10**9:.1f} GB are. Free some space (`docker system df` shows what Docker uses, `docker image "
                f"prune` removes unused images), then run the same command again. Nothing was changed."
            )

    def base(self, base: str, suite: str) -> tuple[str, str]:
        """Return a base image that this host has, and its origin: `registry` or `mirror`."""
        if self._docker.inspect(base) is not None:
            return base, "registry"
        if self._docker.logged(self._log, "pull", base) == 0:
            return base, "registry"
        local = f"hatchpod/base:{suite}"
        if self._docker.inspect(local) is None:
            self._bootstrap(local, base, suite)
        return local, "mirror"

    def _bootstrap(self, name: str, base: str, suite: str) -> None:
        """Make a minimal Debian image from the mirror that the host itself uses."""
        if shutil.which("mmdebstrap") is None:
            self._module.fail_json(
                msg=f"The base image {base} cannot be pulled and mmdebstrap, which would make it from the Debian "
                f"mirror, is not installed. Give this host a way to its registry, set image_base to an image that it "
                f"can reach, or install mmdebstrap."
            )
        try:
            lines = mirror_lines(host_apt_sources(), host_codename(), suite)
        except ValueError as error:
            self._module.fail_json(
                msg=f"The base image {base} cannot be pulled, and {error}. So it cannot be made from a mirror either: "
                f"set image_base to an image that this host can reach."
            )
        root = WORK / "base.tar"
        command = ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", suite, str(root), "-"]
        with tempfile.TemporaryFile() as mirrors:
            mirrors.write("".join(f"{line}\n" for line in lines).encode())
            mirrors.seek(0)
            code = logged(command, self._log, mirrors)
        if code != 0:
            root.unlink(missing_ok=True)
            self.fail(
                f"The base image {base} cannot be pulled, and Debian {suite} cannot be bootstrapped from the mirror."
            )
        code = self._docker.logged(self._log, "import", str(root), name)
        root.unlink()
        if code != 0:
            self.fail("The bootstrapped base image cannot be imported.")

    def build(self, image: str, digest: str, base: str, context: Path) -> None:
        """Build `image` from the archive and tag it `latest` as well."""
        arguments = ["build", "--tag", image, "--label", f"{DIGEST_LABEL}={digest}", "--build-arg", f"BASE={base}"]
        for name, value in sorted(self._module.params["build_args"].items()):
            arguments += ["--build-arg", f"{name}={value}"]
        if self._module.params["force"]:
            arguments.append("--no-cache")
        if self._docker.logged(self._log, *arguments, "-", stdin=context) != 0:
            self.fail("The workstation image could not be built; what ran before goes on unchanged.")
        self._docker.run("tag", image, f"{self._module.params['name']}:latest")


def host_codename() -> str:
    """Return this host's Debian release name. Raises ValueError on another distribution."""
    fields = dict(line.split("=", 1) for line in OS_RELEASE.read_text().splitlines() if "=" in line)
    if fields.get("ID") != "debian":
        raise ValueError("this host is not Debian, so that its apt sources name no mirror of Debian")
    return fields.get("VERSION_CODENAME", "").strip('"')


def host_apt_sources() -> list[AptSource]:
    """Return every binary apt source of this host."""
    folder = APT / "sources.list.d"
    files = [APT / "sources.list", *sorted(folder.glob("*.list")), *sorted(folder.glob("*.sources"))]
    return [
        source
        for path in files
        if path.is_file()
        for source in apt_sources(path.read_text(errors="replace"), deb822=path.suffix == ".sources")
    ]


def lock(module: AnsibleModule, file: IO[bytes]) -> None:
    """Wait until no other build runs on this host."""
    deadline = time.monotonic() + BUILD_LIMIT
    while time.monotonic() < deadline:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_POLL)
        else:
            return
    module.fail_json(msg=f"Another build holds {file.name} for over an hour. End it, then run the same command again.")


def describe(docker: Docker, image: str, digest: str) -> dict[str, Any]:
    """Return what the caller needs to know of the wanted image."""
    found = docker.inspect(image)
    present = found is not None and (found["Config"].get("Labels") or {}).get(DIGEST_LABEL) == digest
    return {
        "image": image,
        "image_id": found["Id"] if found and present else None,
        "size": found["Size"] if found and present else None,
        "build_required": not present,
    }


def build(module: AnsibleModule, docker: Docker, image: str, digest: str, pems: list[str]) -> dict[str, Any]:
    """Build the image, unless a build that ran meanwhile has made it."""
    parameters = module.params
    WORK.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_path = Path(parameters["log"])
    log_path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    context = Path(parameters["context"])
    with (WORK / "lock").open("wb") as lock_file:
        lock(module, lock_file)
        if not parameters["force"] and not describe(docker, image, digest)["build_required"]:
            return {"changed": False}
        with log_path.open("wb") as log:  # not before: it may be the log of the build that this one waited for
            builder = Builder(module, docker, log)
            builder.check_space(parameters["free_space"])
            base, origin = builder.base(parameters["base"], parameters["base_suite"])
            add_certificates(context, pems)
            builder.build(image, digest, base, context)
            docker.remove_superseded(parameters["name"], image)
    return {"changed": True, "base_origin": origin}


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "sources": {"type": "dict"},
            "context_digest": {"type": "str"},
            "context": {"type": "path"},
            "build_args": {"type": "dict", "default": {}},
            "base": {"type": "str", "required": True},
            "base_suite": {"type": "str", "required": True},
            "ca_certificates": {"type": "list", "elements": "str"},
            "build": {"type": "bool", "default": False},
            "force": {"type": "bool", "default": False},
            "free_space": {"type": "int", "default": 6},
            "log": {"type": "path", "default": "/var/log/hatchpod/image-build.log"},
        },
        supports_check_mode=True,
    )
    try:
        run(module)
    finally:
        if module.params["context"]:
            Path(module.params["context"]).unlink(missing_ok=True)


def run(module: AnsibleModule) -> None:
    """Compare what the host has with what is wanted, and build where both differ and a build was asked for."""
    parameters = module.params
    if parameters["ca_certificates"] is None:
        pems = extra_certificates(TRUST_BUNDLE, STOCK_CERTIFICATES)
    else:
        found_in = [certificates(text) for text in parameters["ca_certificates"]]
        pems = [pem for found in found_in for pem in found]
        if not all(found_in):
            module.fail_json(
                msg="ca_certificates: every entry must be the text of a PEM certificate, not a file's name."
            )

    digest = image_digest(parameters["context_digest"], parameters["build_args"], parameters["base"], pems)
    image = f"{parameters['name']}:{digest[:16]}"
    docker = Docker(module)
    found = describe(docker, image, digest)
    needed = found["build_required"] or parameters["force"]
    result: dict[str, Any] = {"changed": needed and module.check_mode}
    if needed and parameters["build"] and not module.check_mode:
        result = build(module, docker, image, digest, pems)
        found = describe(docker, image, digest)
    module.exit_json(**{**found, "build_required": needed, "ca_certificates": pems, **result})


if __name__ == "__main__":
    main()
