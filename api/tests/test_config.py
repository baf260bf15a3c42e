import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hatchpod_api.config import Places, Settings, for_children, from_environment, host_from_environment
from hatchpod_api.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def problems(**environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        from_environment(dict(environ))
    return raised.value.problems


def test_a_hash_is_all_that_is_needed(password_hash: str) -> None:
    settings = from_environment({"API_PASSWORD_HASH": password_hash, "HOME": "/home/ada"})
    assert settings == Settings(password_hash=password_hash, places=settings.places)
    assert (settings.host, settings.port, settings.providers) == ("127.0.0.1", 8080, ("claude",))
    assert settings.places == Places(
        workspace=Path("/home/ada/workspace"),
        default_cwd=Path("/home/ada/workspace"),
        claude_config=Path("/home/ada/.claude"),
        claude_projects=Path("/home/ada/.claude/projects"),
        claude_state=Path("/home/ada/.claude.json"),
        state=Path("/home/ada/.local/state/hatchpod"),
        run=Path("/home/ada/.local/state/hatchpod/run"),
        ui=Path("/opt/hatchpod/ui"),
    )


def test_places_follow_their_variables_and_each_other() -> None:
    places = host_from_environment(
        {
            "HOME": "/home/ada",
            "BROWSE_ROOT": "/srv/code",
            "CLAUDE_CONFIG_DIR": "/srv/claude",
            "XDG_STATE_HOME": "/srv/state",
            "XDG_RUNTIME_DIR": "/run/user/1000",
            "HATCHPOD_UI_DIR": "/srv/ui",
        }
    ).places
    assert places.default_cwd == Path("/srv/code")
    assert places.claude_projects == Path("/srv/claude/projects")
    assert places.claude_state == Path("/srv/claude/.claude.json")
    assert places.state == Path("/srv/state/hatchpod")
    assert places.socket == Path("/run/user/1000/hatchpod/agents.sock")
    assert places.ui == Path("/srv/ui")


def test_the_agent_host_needs_no_password_and_names_what_is_wrong() -> None:
    assert host_from_environment({"HATCHPOD_PROVIDERS": "scripted, claude"}).providers == ("scripted", "claude")
    environ = {"HATCHPOD_PROVIDERS": "gpt", "BROWSE_ROOT": "code", "ALLOW_BYPASS_PERMISSIONS": "perhaps"}
    with pytest.raises(ConfigurationError) as raised:
        host_from_environment({**environ, "HATCHPOD_MAX_RUNNING": "0"})
    assert [problem.partition(":")[0] for problem in raised.value.problems] == [
        "BROWSE_ROOT",
        "HATCHPOD_PROVIDERS",
        "ALLOW_BYPASS_PERMISSIONS",
        "HATCHPOD_MAX_RUNNING",
    ]


def test_every_variable_is_read(password_hash: str) -> None:
    environ = {
        "API_PASSWORD_HASH": f" {password_hash}\n",
        "HOST": "::",
        "PORT": "9000",
        "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,fd00::/8",
        "ALLOWED_HOSTS": "pod.example.org, *.Pods.example.net",
        "TAILNET_NAME": "Pod.Tail1234.ts.net",
        "OPEN_METRICS": "1",
        "WEBHOOK_ALLOW_PRIVATE": "yes",
        "HATCHPOD_PROVIDERS": "claude,scripted",
        "ALLOW_BYPASS_PERMISSIONS": "on",
        "HATCHPOD_MAX_RUNNING": "3",
        "SOMETHING_ELSE": "x",
    }
    settings = from_environment(environ)
    assert settings == Settings(
        password_hash=password_hash,
        places=settings.places,
        open_metrics=True,
        allow_private_webhooks=True,
        providers=("claude", "scripted"),
        allow_bypass=True,
        max_running=3,
        host="::",
        port=9000,
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("192.0.2.7/32"), ip_network("fd00::/8")),
        allowed_hosts=("pod.example.org", "*.pods.example.net"),
        tailnet_name="pod.tail1234.ts.net",
    )


def test_empty_variables_count_as_not_set(password_hash: str) -> None:
    environ = dict.fromkeys(("HOST", "PORT", "TRUSTED_PROXIES", "ALLOWED_HOSTS", "API_PASSWORD"), "")
    assert from_environment({**environ, "API_PASSWORD_HASH": password_hash}).port == 8080


def test_a_plain_password_is_hashed_and_forgotten(password: str) -> None:
    environ = {"API_PASSWORD": password}
    settings = from_environment(environ)
    assert PasswordHasher().verify(settings.password_hash, password)
    assert environ == {}
    assert password not in repr(settings)


def test_all_problems_are_reported_at_once_each_with_its_variable_and_fix() -> None:
    found = problems(HOST="example.org", PORT="http", TRUSTED_PROXIES="10.0.0.1/8", ALLOWED_HOSTS="https://pod")
    assert [problem.partition(":")[0] for problem in found] == [
        "HOST",
        "PORT",
        "TRUSTED_PROXIES",
        "ALLOWED_HOSTS",
        "API_PASSWORD_HASH",
    ]
    for got, problem in zip(("'example.org'", "'http'", "'10.0.0.1/8'", "'https://pod'"), found[:4], strict=True):
        assert got in problem


@pytest.mark.parametrize("port", ["-1", "65536", "8080.0", "0x50", "٣", "1" * 5000])
def test_a_port_out_of_range_is_a_problem(port: str) -> None:
    assert problems(PORT=port)[0].startswith("PORT: expected a number from 0 to 65535")


@pytest.mark.parametrize("names", ["*", "pod:8080", "*.", "a b", "pod/x", "pod,,*.*.x"])
def test_a_name_that_would_allow_too_much_or_nothing_is_a_problem(names: str) -> None:
    assert problems(ALLOWED_HOSTS=names)[0].startswith("ALLOWED_HOSTS: ")


def test_no_password_at_all_is_a_problem() -> None:
    assert problems() == [
        "API_PASSWORD_HASH: not set; set it to the output of `hatchpod-api hash-password`,"
        " or set API_PASSWORD to a password of your own"
    ]


@pytest.mark.parametrize(
    "weak",
    [
        "",
        "x",
        "changeme",
        "Changeme-2026!",
        "password1234",
        "hatchpod",
        "Hatchpod2026!",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
    ],
)
def test_an_empty_weak_or_well_known_password_is_a_problem_that_does_not_show_it(weak: str) -> None:
    (problem,) = problems(API_PASSWORD=weak)
    assert problem.startswith("API_PASSWORD: it ")
    assert len(weak) < 3 or weak not in problem


def test_two_passwords_are_a_problem(password: str, password_hash: str) -> None:
    assert problems(API_PASSWORD=password, API_PASSWORD_HASH=password_hash)[0].startswith("API_PASSWORD: set as well")


@pytest.mark.parametrize("change", [",t=1", "$argon2id", "$v=19", "{cut}", "{greedy}", "plain"])
def test_a_hash_that_could_never_match_is_a_problem(password_hash: str, change: str) -> None:
    damaged = {
        "{cut}": password_hash[:40],
        "{greedy}": password_hash.replace("m=8", "m=9999999"),
        "plain": "my-password-in-the-wrong-variable",
    }.get(change, password_hash.replace(change, ""))
    (problem,) = problems(API_PASSWORD_HASH=damaged)
    assert problem.startswith("API_PASSWORD_HASH: ")
    assert damaged not in problem


def test_every_variable_is_in_the_guide() -> None:
    source = (ROOT / "api/src/hatchpod_api/config.py").read_text()
    names = set(re.findall(r'"([A-Z][A-Z_]+)"', source)) - {"HOME"}
    guide = (ROOT / "docs/api.md").read_text()
    assert names >= {"HOST", "PORT", "API_PASSWORD", "API_PASSWORD_HASH", "TRUSTED_PROXIES", "ALLOWED_HOSTS"}
    assert {name for name in names if f"`{name}`" not in guide} == set()


def test_children_see_what_a_shell_needs_and_no_secret_of_the_service() -> None:
    needed = {"HOME": "/home/x", "PATH": "/bin", "LC_ALL": "C.UTF-8", "https_proxy": "http://p", "SSH_AUTH_SOCK": "/s"}
    own = {"API_PASSWORD": "a", "API_PASSWORD_HASH": "b", "TS_AUTHKEY": "c", "PORT": "1", "HATCHPOD_STATE_DIR": "/d"}
    assert for_children({**needed, **own}) == needed
