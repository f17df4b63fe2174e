"""The sandbox's model: as strict as OpenAI's server about what it is sent, and how its two writers write."""

import json
from typing import Any

import httpx
import openai
import pytest

from volt_assets.sandbox.server import start_sandbox
from volt_assets.sandbox.settings import SandboxSettings
from volt_assets_tests.sandbox.conftest import small_company

DATA = {
    "period": "2025-10-06 to 2025-10-12",
    "slots": {
        "name": "the person's name",
        "item1.time": "#1 Fix login (3.00 h)",
        "item2.time": "#2 Move house (1.00 h)",
        "item2.finished": "#2 Move house (finished on 8 Oct)",
        "project1.time": "Moneyball (4.00 h, 100%)",
    },
    "items": {
        "item1": {"kind": "Scrum/Bug", "texts": ["Fix login"], "marks": [], "slots": {"days": "on Monday"}},
        "item2": {"kind": "Scrum/Task", "texts": ["Haus #7"], "marks": ["finished"], "slots": {}},
    },
    "write": {"summary": True, "achievements": True, "items": ["item1", "item2"]},
}
SENTENCES = {"type": "array", "items": {"type": "string"}}
OF_ITEM = {
    "type": "object",
    "properties": {"item": {"type": "string", "enum": ["item1", "item2"]}, "sentence": {"type": "string"}},
    "required": ["item", "sentence"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "properties": {"summary": SENTENCES, "achievements": SENTENCES, "items": {"type": "array", "items": OF_ITEM}},
    "required": ["summary", "achievements", "items"],
    "additionalProperties": False,
}


def body(**changes: Any) -> dict[str, Any]:
    form = {"name": "sentences", "strict": True, "schema": SCHEMA}
    return {
        "model": "any-model",
        "messages": [{"role": "system", "content": "Write."}, {"role": "user", "content": json.dumps(DATA)}],
        "response_format": {"type": "json_schema", "json_schema": form},
        "max_completion_tokens": 4000,
    } | changes


def answer_to(settings: SandboxSettings | None = None, key: str = "a-key", **changes: Any) -> httpx.Response:
    with start_sandbox(small_company(), settings) as sandbox:
        return httpx.post(
            f"{sandbox.ready['openai_url']}/chat/completions",
            json=body(**changes),
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )


def test_openais_client_reads_its_answer() -> None:
    with (
        start_sandbox(small_company()) as sandbox,
        openai.OpenAI(api_key="a-key", base_url=sandbox.ready["openai_url"]) as client,
    ):
        completion = client.chat.completions.create(**body())
        assert [request["service"] for request in sandbox.requests] == ["openai"]
    sentences = json.loads(completion.choices[0].message.content)
    assert "{item2.finished}" in sentences["achievements"][0]
    assert "{project1.time}" in sentences["summary"][0]
    assert "fixing login {days}" in sentences["items"][0]["sentence"]
    assert "it {days}" in sentences["items"][1]["sentence"]
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0


def test_the_same_question_has_the_same_answer_and_another_seed_another() -> None:
    def answer(seed: int) -> str:
        return answer_to(SandboxSettings(seed=seed)).json()["choices"][0]["message"]["content"]

    assert answer(1) == answer(1)
    assert len({answer(seed) for seed in range(1, 6)}) > 1


def test_without_a_key_or_with_another_than_the_one_it_wants_it_refuses() -> None:
    assert answer_to(key="").status_code == 401
    refused = answer_to(SandboxSettings(model_key="the-key"), key="wrong-key")
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "invalid_api_key"
    assert answer_to(SandboxSettings(model_key="the-key"), key="the-key").status_code == 200


def without_closing() -> dict[str, Any]:
    return {key: value for key, value in SCHEMA.items() if key != "additionalProperties"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0]"),
        ({"max_tokens": 10}, "max_completion_tokens"),
        ({"response_format": {"type": "json_object"}}, "structured outputs"),
        *(
            ({"response_format": {"type": "json_schema", "json_schema": form}}, message)
            for form, message in [
                ({"name": "two words", "strict": True, "schema": SCHEMA}, "name"),
                ({"name": "x", "strict": False, "schema": SCHEMA}, "strict"),
                ({"name": "x", "strict": True, "schema": without_closing()}, "additionalProperties"),
                ({"name": "x", "strict": True, "schema": SCHEMA | {"required": ["summary"]}}, "required"),
                ({"name": "x", "strict": True, "schema": {"type": "array", "items": {}}}, "type"),
                ({"name": "x", "strict": True, "schema": {"type": "string", "enum": []}}, "enum"),
            ]
        ),
    ],
)
def test_a_wrong_request_is_refused_with_the_reason(changes: dict[str, Any], message: str) -> None:
    refused = answer_to(**changes)
    assert refused.status_code == 400
    assert message in refused.json()["error"]["message"]


def test_an_answer_longer_than_allowed_is_cut_off_and_says_so() -> None:
    choice = answer_to(max_completion_tokens=5).json()["choices"][0]
    assert choice["finish_reason"] == "length"
    with pytest.raises(ValueError, match="Expecting|Unterminated"):
        json.loads(choice["message"]["content"])


def test_the_lying_one_lies_in_every_place_and_otherwise_at_the_second_attempt() -> None:
    def written(*more: dict[str, str]) -> dict[str, Any]:
        messages = [*body()["messages"], *more]
        answer = answer_to(SandboxSettings(model="lying"), messages=messages).json()
        return json.loads(answer["choices"][0]["message"]["content"])

    first = written()
    assert len(first["summary"]) > 40
    assert "Most of the time went to {item2.time}." in first["achievements"]
    assert {"item": "item1", "sentence": "Finished it {days}."} in first["items"]
    assert {"item": "item2", "sentence": "Finished it {days}."} not in first["items"]
    again = written({"role": "assistant", "content": "{}"}, {"role": "user", "content": "Others, please."})
    assert again["summary"] != first["summary"]
