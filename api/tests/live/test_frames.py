"""Whatever arrives as a frame, in whatever phase of a connection, harms neither the process nor other clients."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.live.stack import DEADLINE, PASSWORD, Stack, Viewer
from websockets.exceptions import ConnectionClosed

TERMINAL = "/api/terminal/stream"

bounded = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

numbers = st.integers() | st.floats() | st.integers(min_value=-(10**400), max_value=10**400)
texts = st.text(st.characters(codec=None), max_size=20)  # lone surrogates as well
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
kinds = ["auth", "subscribe", "prompt", "approve", "deny", "interrupt", "set_mode", "set_model", "visibility", "ping"]
kinds += ["queue_edit", "queue_remove", "queue_resume", "attach", "input", "resize", "constructor", ""]
fields = ["token", "cursor", "messageLimit", "text", "clientId", "attachments", "toolUseId", "alwaysAllow", "answers"]
fields += ["targetMode", "updatedInput", "message", "mode", "model", "id", "visible", "cols", "rows", "sessionId"]
# No text for `data`: whoever is attached would type it into a shell.
almost = st.builds(
    lambda kind, rest: {**rest, "type": kind},
    st.sampled_from(kinds),
    st.dictionaries(st.sampled_from(fields), values, max_size=5),
)
deep = st.builds(lambda depth, mark: mark * depth, st.integers(1, 100_000), st.sampled_from(["[", '{"type":', "[["]))
frames = st.one_of(
    st.binary(max_size=100),
    st.binary(max_size=100).map(lambda data: b'{"type":"prompt","text":"' + data + b'"}'),
    (values | almost).map(lambda value: json.dumps(value).encode()),
    almost.map(lambda value: json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")),
    deep.map(str.encode),
)


def send(connection: Any, frame: bytes, *, as_text: bool) -> None:
    """As a text frame where that is possible."""
    try:
        connection.send(frame.decode() if as_text else frame)
    except UnicodeDecodeError:
        connection.send(frame)


@pytest.fixture(scope="module")
def session(module_stack: Stack) -> str:
    return module_stack.create()


@pytest.fixture(params=["stream", "terminal"])
def path(request: pytest.FixtureRequest, session: str) -> str:
    """Each of the two doors."""
    return f"/api/sessions/{session}/stream" if request.param == "stream" else TERMINAL


@pytest.fixture(scope="module")
def witness(module_stack: Stack, session: str) -> Iterator[Viewer]:
    """Another client of the same session, and of the same process."""
    with module_stack.stream(session) as viewer:
        viewer.until("replay_complete")
        yield viewer


def unharmed(witness: Viewer, stack: Stack) -> None:
    witness.frames.clear()
    witness.send("ping")
    witness.until("pong")
    for process in stack.processes.values():
        assert process.poll() is None


@contextmanager
def refused(stack: Stack, path: str) -> Iterator[Any]:
    """A connection of a stranger, which the server ends with a code of its own."""
    with stack.socket(path, token=None) as connection:
        yield connection
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=DEADLINE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code in {4001, 4002}


def test_before_anybody_is_let_in(path: str, module_stack: Stack, witness: Viewer) -> None:
    @given(frame=frames, as_text=st.booleans())
    @example(frame=b"null", as_text=True)
    @example(frame=json.dumps({"type": "auth", "token": "ü" * len(PASSWORD)}).encode(), as_text=True)
    @bounded
    def any_frame(frame: bytes, as_text: bool) -> None:
        with refused(module_stack, path) as connection:
            send(connection, frame, as_text=as_text)
        unharmed(witness, module_stack)

    any_frame()


def test_a_token_as_long_as_the_password_of_any_characters(path: str, module_stack: Stack, witness: Viewer) -> None:
    same_length = st.text(st.characters(codec="utf-8"), min_size=len(PASSWORD), max_size=len(PASSWORD))

    @given(token=same_length.filter(lambda token: token != PASSWORD))
    @example(token="\0" * len(PASSWORD))
    @bounded
    def any_token(token: str) -> None:
        with refused(module_stack, path) as connection:
            connection.send(json.dumps({"type": "auth", "token": token}))
        with refused(module_stack, f"{path}?token={quote(token)}"):
            pass
        unharmed(witness, module_stack)

    any_token()


def test_as_the_first_frame_of_somebody_known(path: str, module_stack: Stack, witness: Viewer) -> None:
    @given(frame=frames, as_text=st.booleans())
    @bounded
    def any_frame(frame: bytes, as_text: bool) -> None:
        with module_stack.socket(path) as connection:
            send(connection, frame, as_text=as_text)
            said(path, connection)
        unharmed(witness, module_stack)

    any_frame()


def test_later(path: str, module_stack: Stack, witness: Viewer) -> None:
    with module_stack.socket(path) as connection:
        Viewer(connection).send("subscribe" if path != TERMINAL else "attach", cols=80, rows=24)
        said(path, connection)

        @given(frame=frames, as_text=st.booleans())
        @settings(bounded, max_examples=200)
        def any_frame(frame: bytes, as_text: bool) -> None:
            send(connection, frame, as_text=as_text)
            said(path, connection)
            unharmed(witness, module_stack)

        any_frame()


def said(path: str, connection: Any) -> None:
    """The connection still answers: a `ping`, or where there is none, a `resize` that nobody can mean."""
    viewer = Viewer(connection)
    if path != TERMINAL:
        viewer.send("ping")
        viewer.until("pong")
    else:
        viewer.send("resize", cols="never", rows=24)
        viewer.until("error", field="cols")
