"""The command line: `hatchpod-api serve`, `hatchpod-api agents` and `hatchpod-api hash-password`."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence

from hatchpod_api import __version__, config, log, secrecy
from hatchpod_api.auth.password import hash_password
from hatchpod_api.errors import CannotListenError, ConfigurationError, PasswordRefusedError
from hatchpod_api.password_policy import problem as password_problem

EXIT_FAILURE = 1
EXIT_CONFIG = 78  # EX_CONFIG: starting again cannot help


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the result is the exit code."""
    options = _parser().parse_args(argv)
    try:
        match options.command:
            case "serve":
                _serve(options.notify_fd)
            case "agents":
                _agents(options.notify_fd)
            case _:
                _hash_password()
    except ConfigurationError as error:
        _complain(*error.problems)
        return EXIT_CONFIG
    except (CannotListenError, PasswordRefusedError) as error:
        _complain(error.message)
        return EXIT_FAILURE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hatchpod-api", description="Hatchpod's API: sessions of this workstation.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve the API until SIGTERM",
        description="Serve the API until SIGTERM. It is configured by environment variables: see docs/api.md.",
    )
    agents = commands.add_parser(
        "agents",
        help="run the agents and terminals until SIGTERM",
        description="Run the agents and terminals, behind a unix socket for `serve`, until SIGTERM: see docs/api.md.",
    )
    for service in (serve, agents):
        service.add_argument(
            "--notify-fd",
            type=int,
            metavar="N",
            help="write a newline to this file descriptor and close it once connections are accepted (s6 readiness)",
        )
    commands.add_parser(
        "hash-password",
        help="read a password on stdin, print its argon2 hash for API_PASSWORD_HASH",
        description="Read a password on stdin (or ask for it), print its argon2 hash for API_PASSWORD_HASH.",
    )
    return parser


def _serve(notify_fd: int | None) -> None:
    secrecy.hide()
    settings = config.from_environment()
    if notify_fd is not None:
        _check_notify_fd(notify_fd)
    log.configure()
    # Litestar imports pydantic wherever it is installed: 12 MB and 0.4 s for models that are not used here.
    sys.modules.setdefault("pydantic", None)  # type: ignore[arg-type]
    from hatchpod_api import server

    server.serve(settings, notify_fd)


def _agents(notify_fd: int | None) -> None:
    settings = config.host_from_environment()
    if notify_fd is not None:
        _check_notify_fd(notify_fd)
    log.configure()
    from hatchpod_api.agents import server
    from hatchpod_api.providers.registry import providers

    server.serve(settings, providers(settings, config.for_children()), notify_fd)


def _check_notify_fd(notify_fd: int) -> None:
    try:
        os.fstat(notify_fd)
        if notify_fd > 2:
            os.set_inheritable(notify_fd, False)
            return
    except OSError:
        pass
    problem = f"--notify-fd: {notify_fd} is not an open file descriptor above 2; pass the number in `notification-fd`"
    raise ConfigurationError([problem])


def _hash_password() -> None:
    typed = getpass.getpass("Password: ").encode() if sys.stdin.isatty() else sys.stdin.buffer.read()
    password = typed.removesuffix(b"\n").removesuffix(b"\r")
    if problem := password_problem(password.decode(errors="replace")):
        raise PasswordRefusedError(f"the password is refused: {problem}; choose another one")
    sys.stdout.write(hash_password(password) + "\n")


def _complain(*problems: str) -> None:
    for problem in problems:
        sys.stderr.write(f"hatchpod-api: error: {problem}\n")


if __name__ == "__main__":
    sys.exit(main())
