"""Every route keeps to the OpenAPI document that the service itself serves, whatever is asked of it.

Requests are made from the document, sound ones and others. No answer is a 5xx that is not documented, and each has a
documented status, content type and body.
"""

import json
import re
import subprocess
from collections.abc import Container, Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from tests.live.stack import PASSWORD, Stack

from hatchpod_api.app import HANDLERS

# Operations that would reach beyond this machine when taken at their word, and why.
LEFT_OUT = {
    "/api/claude/login": "opens a login at Anthropic",
    "/api/webhooks": "takes addresses of others, which would get the events of the sessions that are begun here",
    "/api/push": "the same, of browsers' vendors",
}

CHECKED = ("status_code_conformance", "content_type_conformance", "response_schema_conformance", "not_a_server_error")
EXAMPLES = 20

OPERATIONS = sorted(
    (str(method), re.sub(r":\w+}", "}", path))
    for handler in HANDLERS
    for path in handler.paths  # type: ignore[union-attr] # all of them are handlers of HTTP
    for method in handler.http_methods  # type: ignore[union-attr]
    if not path.startswith(tuple(LEFT_OUT))
)

load_all_checks()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Only the scripted agent is enabled: none of the sessions that are begun here calls anybody."""
    with Stack(tmp_path_factory.mktemp("contract"), HATCHPOD_PROVIDERS="scripted") as stack:
        subprocess.run(["git", "init", "-q", str(stack.workspace / "repository")], check=True)
        stack.start()
        yield stack


@pytest.fixture(scope="module")
def document(service: Stack) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{service.url}/api/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_every_answer_is_as_documented(
    method: str, path: str, document: schemathesis.BaseSchema, service: Stack
) -> None:
    operation = document[path][method]
    documented = operation.definition.raw["responses"]
    checks: list[Any] = [
        check for check in CHECKS.get_by_names(list(CHECKED)) if not is_documented_trouble(check, documented)
    ]
    known = things_that_are_there(service)

    @given(
        case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) | operation.as_strategy(),
        meant=st.sets(st.sampled_from(sorted(known))),
    )
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    def every_answer(case: schemathesis.Case[Any], meant: set[str]) -> None:
        for place in (case.path_parameters, case.query, case.body):
            if isinstance(place, dict):
                place.update({name: known[name] for name in meant if name in place})
        if path == "/api/sessions" and isinstance(case.body, dict):
            case.body["provider"] = "scripted"
        case.call_and_validate(headers={"Authorization": f"Bearer {PASSWORD}"}, checks=checks, timeout=60)

    every_answer()


def things_that_are_there(stack: Stack) -> dict[str, Any]:
    """By the names that parameters and fields have: a random value finds nothing."""
    (stack.workspace / "notes.md").write_text("Eggs hatch.\n")
    session = stack.create("hello")
    return {
        "session_id": session,
        "resumeSessionId": session,
        "path": "notes.md",
        "cwd": "repository",
        "paths": ["notes.md"],
        "format": "html",
        "limit": 2,
    }


def is_documented_trouble(check: object, documented: Container[str]) -> bool:
    """A 502 or 503 that the document tells of is no fault of the service; an undocumented one is seen by its status."""
    return getattr(check, "__name__", "") == "not_a_server_error" and ("502" in documented or "503" in documented)


def test_the_document_has_every_operation(document: schemathesis.BaseSchema, module_stack: Stack) -> None:
    served = module_stack.get("/api/openapi.json").json()
    described = {(method.upper(), path) for path, methods in served["paths"].items() for method in methods}
    assert {(method, path) for method, path in described if not path.startswith(tuple(LEFT_OUT))} == set(OPERATIONS)
    assert PASSWORD not in json.dumps(served)


def test_every_operation_with_a_body_says_that_it_may_be_wrong_or_too_large(document: schemathesis.BaseSchema) -> None:
    for method, path in OPERATIONS:
        raw = document[path][method].definition.raw
        assert "requestBody" not in raw or {"400", "413"} <= set(raw["responses"]), raw["operationId"]
