"""Each of these once went wrong in a comparable server. Most are shown beside what they are about; the rest here."""

import ast
from pathlib import Path

import pytest
from tests.live.desk import texts
from tests.live.stack import Stack, Viewer

TESTS = Path(__file__).parents[1]

# What went wrong, and where it is shown that it does not here.
SHOWN = {
    "an unauthenticated frame `null` ends the process": [
        "live/test_stream.py::test_a_stranger_is_shown_the_door",
        "live/test_frames.py::test_before_anybody_is_let_in",
    ],
    "a token of other characters, as long as the password, ends the process": [
        "live/test_frames.py::test_a_token_as_long_as_the_password_of_any_characters",
        "http/test_perimeter.py::test_any_bytes_as_credential_are_just_wrong",
    ],
    "`resize` without numbers ends the process": [
        "live/test_terminal.py::test_a_frame_without_sound_values_changes_nothing"
    ],
    "a partial update of the settings resets other fields": [
        "http/test_settings.py::test_a_change_of_one_field_resets_no_other",
        "http/test_settings.py::test_a_change_inside_the_notifications_resets_no_other",
    ],
    "a live line after a partial replay gets a wrong index": [
        "live/test_regressions.py::test_a_message_after_a_partial_replay_has_its_absolute_index",
        "agents/test_past.py::test_a_transcript_opens_as_history_and_lines_that_a_terminal_adds_appear_at_their_index",
    ],
    "an interrupt leaves a dead approval that late joiners receive": [
        "live/test_claude.py::test_an_interrupt_leaves_no_dead_approval_for_those_who_come_late"
    ],
    "a socket opened with a remapped id gets nothing": [
        "live/test_claude.py::test_a_socket_with_an_id_that_the_session_had_before_gets_its_stream",
        "agents/test_reconnecting.py::test_an_id_that_was_remapped_still_resolves",
    ],
    "a symlink leaves the workspace": [
        "test_workspace.py::test_a_link_that_leads_out_is_forbidden",
        "test_workspace.py::test_a_folder_swapped_for_a_link_meanwhile_opens_nothing_outside",
        "http/test_files.py::test_links_show_what_they_lead_to_only_inside",
    ],
    "a webhook's test reports success on a 500": [
        "notify/test_deliveries.py::test_a_test_fails_unless_the_other_side_accepts_it"
    ],
    "idle sessions fill the limit for ever": [
        "live/test_regressions.py::test_idle_sessions_do_not_fill_the_limit",
        "agents/test_prompts.py::test_only_busy_sessions_fill_the_limit",
    ],
    "resuming without a prompt starts a new conversation": [
        "live/test_claude.py::test_resuming_goes_on_with_the_same_conversation",
        "agents/test_past.py::test_resuming_without_a_prompt_keeps_the_conversation",
    ],
    "always-allow covers a whole tool when a rule was meant": [
        "live/test_claude.py::test_always_is_the_rule_that_was_meant_also_in_a_later_session",
        "agents/test_approvals.py::test_always_is_the_whole_tool_or_exactly_one_rule",
    ],
    "the lock-out hits the correct password": [
        "http/test_perimeter.py::test_the_password_opens_from_an_address_that_must_wait"
    ],
    "the terminal hands out the service's secrets": [
        "live/test_terminal.py::test_the_terminal_hands_out_no_secrets_of_the_service"
    ],
}


@pytest.mark.parametrize("test", [test for tests in SHOWN.values() for test in tests])
def test_the_test_that_shows_it_exists(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((TESTS / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_a_message_after_a_partial_replay_has_its_absolute_index(module_stack: Stack) -> None:
    session = module_stack.create("[long 50] tell")
    module_stack.wait(
        lambda: module_stack.get(f"/api/sessions/{session}").json()["status"] == "completed", "the turn is over"
    )
    with module_stack.socket(f"/api/sessions/{session}/stream") as connection:
        viewer = Viewer(connection)
        viewer.send("subscribe", messageLimit=2)
        total = viewer.until("replay_complete")["totalMessages"]
        assert [frame["message"]["index"] for frame in viewer.frames if frame["type"] == "message"] == [
            total - 2,
            total - 1,
        ]
        viewer.until("queue")
        viewer.send("prompt", text="and now?")
        assert viewer.until("message")["message"]["index"] == total
        viewer.until("status", status="completed")
        replayed = [frame["message"]["index"] for frame in viewer.frames if frame["type"] == "message"]
        assert replayed[-3:] == [total, total + 1, total + 2]
        page = module_stack.get(f"/api/sessions/{session}/messages?limit=3").json()
        assert [message["index"] for message in page["messages"]] == replayed[-3:]


def test_idle_sessions_do_not_fill_the_limit(tmp_path: Path) -> None:
    with Stack(tmp_path, HATCHPOD_MAX_RUNNING="2") as stack:
        stack.start()
        for _ in range(6):
            stack.create()
        busy = [stack.create("[deaf]") for _ in range(2)]
        refused = stack.post("/api/sessions", {"prompt": "hello", "provider": "scripted"})
        assert (refused.status_code, refused.json()["code"]) == (409, "session_limit")
        with stack.stream(busy[0]) as viewer:
            viewer.send("interrupt")
            viewer.until("status", status="interrupted")
        with stack.stream(stack.create("hello")) as viewer:
            while "Echo: hello" not in texts(viewer):
                viewer.until("message")
