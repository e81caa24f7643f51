"""The client against a real server: answers, broken answers, refusals, and what it says of them."""

from __future__ import annotations

import logging

import pytest
from llm_server import reply, serve
from pydantic import BaseModel

from fm_resources.llm import LlmClient, LlmError, read_answer, redact

KEY = "sk-verysecret-0123456789"


class Answer(BaseModel):
    name: str
    count: int


def client(url: str, **more: object) -> LlmClient:
    return LlmClient(
        **{
            "model": "openai/test",
            "api_base": url,
            "api_key": KEY,
            "backoff_s": 0.01,
            "retries": 2,
            "timeout_s": 5.0,
            **more,
        }
    )


def test_a_good_answer_comes_back_typed_and_counted() -> None:
    with serve('{"name": "ball", "count": 3}') as (url, script):
        found = client(url).ask("be brief", "how many?", Answer, [b"\xff\xd8jpeg"])
    assert found.answer == Answer(name="ball", count=3)
    assert (found.prompt_tokens, found.completion_tokens, found.calls) == (100, 20, 1)
    assert found.cost_usd == 0.0  # a model without a price
    request = script.requests[0]
    assert request["response_format"]["json_schema"]["schema"]["required"] == ["name", "count"]
    assert request["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert request["messages"][1]["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")
    assert request["temperature"] == 0.0


def test_a_priced_model_costs_money() -> None:
    with serve('{"name": "ball", "count": 3}') as (url, _):
        found = client(url, model="openai/gpt-4o-mini").ask("s", "u", Answer)
    assert found.cost_usd == pytest.approx(100 * 0.15e-6 + 20 * 0.6e-6, rel=0.01)


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"name": "a", "count": 1}\n```',
        'Sure! Here it is: {"name": "a", "count": 1} Hope that helps.',
        '{"name": "a", "count": 1,}',
    ],
)
def test_json_is_found_in_what_models_wrap_it_in(text: str) -> None:
    assert read_answer(text, Answer) == Answer(name="a", count=1)


@pytest.mark.parametrize("text", ["", "no", '{"name": "a"', '{"name": "a"}', "[1]"])
def test_what_is_not_the_requested_json_is_said_to_be_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_answer(text, Answer)


def test_broken_json_is_repaired_once() -> None:
    with serve('{"name": "ball", "count": "many"}', '{"name": "ball", "count": 3}') as (url, script):
        found = client(url).ask("s", "u", Answer)
    assert found.answer.count == 3
    assert (found.calls, found.prompt_tokens) == (2, 200)
    assert "count" in script.requests[1]["messages"][-1]["content"]


def test_an_answer_that_stays_broken_is_an_error_that_names_the_limit() -> None:
    with serve(reply('{"name": "ba', "length")) as (url, script), pytest.raises(LlmError, match="max_tokens = 2048"):
        client(url).ask("s", "u", Answer)
    assert len(script.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_troubles_are_tried_again(status: int) -> None:
    with serve((status, {"error": {"message": "busy"}}), '{"name": "b", "count": 1}') as (url, script):
        assert client(url).ask("s", "u", Answer).answer.count == 1
    assert len(script.requests) == 2


def test_lasting_troubles_end_after_the_retries() -> None:
    with (
        serve((500, {"error": {"message": "broken"}})) as (url, script),
        pytest.raises(LlmError, match="after 3 attempts"),
    ):
        client(url).ask("s", "u", Answer)
    assert len(script.requests) == 3


def test_a_refusal_is_not_tried_again_and_shows_no_key(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}
    with serve((401, body)) as (url, script), pytest.raises(LlmError) as caught:
        client(url).ask("s", "u", Answer)
    assert len(script.requests) == 1
    assert KEY not in str(caught.value) and "***" in str(caught.value)
    assert caught.value.__cause__ is None
    assert KEY not in caplog.text
    assert KEY not in repr(client(url))


def test_a_hanging_server_times_out() -> None:
    with serve(("hang", 3.0)) as (url, _), pytest.raises(LlmError, match=r"(?i)time"):
        client(url, timeout_s=0.3, retries=1).ask("s", "u", Answer)


def test_nobody_there_is_an_error() -> None:
    with pytest.raises(LlmError):
        client("http://127.0.0.1:9/v1", retries=0).ask("s", "u", Answer)


def test_a_server_without_structured_output_is_asked_without() -> None:
    refusal = (400, {"error": {"message": "response_format is not supported"}})
    with serve(refusal, '{"name": "b", "count": 1}') as (url, script):
        assert client(url).ask("s", "u", Answer).answer.count == 1
    assert "response_format" not in script.requests[1]


def test_redaction() -> None:
    assert redact(f"bad {KEY} and Bearer abcdef", [KEY]) == "bad *** and Bearer ***"
