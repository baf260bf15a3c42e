import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hatchpod_api.config import Settings, from_environment
from hatchpod_api.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def problems(**environ: str) -> list[str]:
    with pytest.raises(ConfigurationError) as raised:
        from_environment(dict(environ))
    return raised.value.problems


def test_a_hash_is_all_that_is_needed(password_hash: str) -> None:
    settings = from_environment({"API_PASSWORD_HASH": password_hash})
    assert settings == Settings(password_hash=password_hash)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)


def test_every_variable_is_read(password_hash: str) -> None:
    environ = {
        "API_PASSWORD_HASH": f" {password_hash}\n",
        "HOST": "::",
        "PORT": "9000",
        "TRUSTED_PROXIES": "10.0.0.0/8, 192.0.2.7,fd00::/8",
        "ALLOWED_HOSTS": "pod.example.org, *.Pods.example.net",
        "SOMETHING_ELSE": "x",
    }
    assert from_environment(environ) == Settings(
        password_hash=password_hash,
        host="::",
        port=9000,
        trusted_proxies=(ip_network("10.0.0.0/8"), ip_network("192.0.2.7/32"), ip_network("fd00::/8")),
        allowed_hosts=("pod.example.org", "*.pods.example.net"),
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
    names = set(re.findall(r'"([A-Z][A-Z_]+)"', source))
    guide = (ROOT / "docs/api.md").read_text()
    assert names >= {"HOST", "PORT", "API_PASSWORD", "API_PASSWORD_HASH", "TRUSTED_PROXIES", "ALLOWED_HOSTS"}
    assert {name for name in names if f"`{name}`" not in guide} == set()
