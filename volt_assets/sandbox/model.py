"""A server with OpenAI's chat completions, and the two writers behind it: one that keeps to the facts, one that lies.

Source: OpenAI's API reference (chat completions, structured outputs, errors). The writers get Volt's own prompt: facts
and slots as JSON. They share no code with Volt's checks. A key or a model of any name is taken, as local servers do,
unless the settings name the one key.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from volt_assets.sandbox.settings import SandboxSettings

Data = Mapping[str, Any]


class _Refusal(Exception):
    """An error as OpenAI words it: {error: {message, type, param, code}}."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


class ModelApi:
    """`routes` to mount. `requests` are the bodies of the requests that were answered."""

    def __init__(self, settings: SandboxSettings):
        self.settings = settings
        self.requests: list[dict[str, Any]] = []
        self.routes = [Route("/v1/chat/completions", self.chat_completions, methods=["POST"])]

    async def chat_completions(self, request: Request) -> Response:
        try:
            self._check_key(request)
            body = _read(await request.body())
            answer, finish = self._answer(body)
        except _Refusal as refusal:
            return JSONResponse(refusal.body, status_code=refusal.status)
        self.requests.append(body)
        sent = sum(_tokens(message["content"]) for message in body["messages"])
        written = _tokens(answer)
        return JSONResponse(
            {
                "id": f"chatcmpl-{len(self.requests)}",
                "object": "chat.completion",
                "created": 1_760_000_000,
                "model": body["model"],
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": answer, "refusal": None},
                        "finish_reason": finish,
                        "logprobs": None,
                    }
                ],
                "usage": {
                    "prompt_tokens": sent,
                    "completion_tokens": written,
                    "total_tokens": sent + written,
                },
            }
        )

    def _check_key(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key or self.settings.model_key not in (None, key):
            # As OpenAI does, the answer repeats what was sent.
            raise _Refusal(401, f"Incorrect API key provided: {key}.", code="invalid_api_key")

    def _answer(self, body: dict[str, Any]) -> tuple[str, str]:
        schema = body["response_format"]["json_schema"]["schema"]
        data = _data(body["messages"])
        if self.settings.model == "babbling":
            return "Certainly! Here is the report you asked for: it was a great week.", "stop"
        seed = f"{self.settings.seed} {json.dumps(data, sort_keys=True)}"
        choose = random.Random(seed)
        write = _write_lies if self.settings.model == "lying" else _write_truthfully
        second = any(message["role"] == "assistant" for message in body["messages"])
        sentences = write(data, schema["properties"], choose, second)
        text = json.dumps(sentences, ensure_ascii=False)
        most = body.get("max_completion_tokens")
        if most is not None and _tokens(text) > most:
            return text[: 4 * most], "length"
        return text, "stop"


def _read(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        raise _Refusal(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(body, dict) or not isinstance(body.get("model"), str) or not body["model"]:
        raise _Refusal(400, "you must provide a model parameter", param="model")
    if "max_tokens" in body:
        raise _Refusal(
            400,
            "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _Refusal(400, "Missing required parameter: 'messages'.", param="messages")
    for index, message in enumerate(messages):
        if message.get("role") not in ("system", "developer", "user", "assistant") or not isinstance(
            message.get("content"), str
        ):
            raise _Refusal(400, f"Invalid value: 'messages[{index}]'.", param=f"messages[{index}]")
    form = body.get("response_format")
    if not isinstance(form, dict) or form.get("type") != "json_schema":
        raise _Refusal(400, "This server writes structured outputs alone.", param="response_format")
    named = form.get("json_schema") or {}
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", named.get("name") or ""):
        raise _Refusal(400, "Invalid 'response_format.json_schema.name'.", param="response_format.json_schema.name")
    if named.get("strict") is not True:
        raise _Refusal(400, "This server writes strict outputs alone.", param="response_format.json_schema.strict")
    _check_strict(named.get("schema"), named["name"], ())
    return body


def _check_strict(schema: Any, name: str, path: tuple[str, ...]) -> None:
    """Strict schemas close every object and require every property (structured outputs, supported schemas)."""

    def refuse(what: str) -> _Refusal:
        return _Refusal(
            400,
            f"Invalid schema for response_format '{name}': In context={path}, {what}.",
            param="response_format",
            code="invalid_json_schema",
        )

    if not isinstance(schema, dict) or "type" not in schema:
        raise refuse("schema must have a 'type' key")
    if schema["type"] == "object":
        if schema.get("additionalProperties") is not False:
            raise refuse("'additionalProperties' is required to be supplied and to be false")
        properties = schema.get("properties") or {}
        if set(schema.get("required") or ()) != set(properties):
            raise refuse("'required' is required to be supplied and to be an array including every key in properties")
        for key, part in properties.items():
            _check_strict(part, name, (*path, "properties", key))
    elif schema["type"] == "array":
        _check_strict(schema.get("items"), name, (*path, "items"))
    if "enum" in schema and not schema["enum"]:
        raise refuse("'enum' must have at least one value")


def _data(messages: list[dict[str, str]]) -> Data:
    for message in messages:
        if message["role"] == "user":
            try:
                return json.loads(message["content"])
            except ValueError:
                break
    return {"slots": {}, "items": {}, "write": {}}


def _tokens(text: str) -> int:
    return len(text.encode()) // 4 + 1


# The writer that keeps to the facts

_MOST = ("Most of the time went to {}.", "{who} spent most of the time on {}.", "The time was mostly spent on {}.")
_PROJECTS = (
    "The largest project was {}, followed by {}.",
    "{} drew the most time, followed by {}.",
    "{who} worked in {} and {}, among others.",
)
_ITEMS = (
    "Among the work items, {} took the most time.",
    "The largest item was {}.",
    "Of the items worked on, the largest was {}.",
)
_REMARKABLE = ("Time also went to {}.", "{who} also worked on {}.", "Work went into {}, too.")
_COMMENTS = ("A comment was left on {}.", "Of note was a comment on {}.", "A comment was written on {}.")
_FINISHED = ("{who} finished {}.", "Finished items included {}.", "Among the finished items were {}.")
_DONE = ("Worked on {topic} {{days}}", "Spent time on {topic} {{days}}", "The work was on {topic} {{days}}")
_GERUNDS = {
    "Add": "adding",
    "Build": "building",
    "Check": "checking",
    "Collect": "collecting",
    "Fix": "fixing",
    "Import": "importing",
    "Move": "moving",
    "Print": "printing",
    "Read": "reading",
    "Recover": "recovering",
    "Register": "registering",
    "Show": "showing",
    "Split": "splitting",
    "Test": "testing",
    "Write": "writing",
}
_PLAIN_DONE = "Worked on it {days}."
# What is worth a reader's time, the more the earlier.
_WORTH = ("overdue", "over", "late", "due")
_TELLING = re.compile(r"\b(found|confirmed|deployed|cause|works?|reviewed|estimate)\b", re.IGNORECASE)


def _write_truthfully(data: Data, wanted: Data, choose: random.Random, second: bool) -> dict[str, Any]:
    """What is worth saying, most first; at the second attempt, in words that no check objects to."""
    sentences: dict[str, Any] = {}
    slots = data["slots"]
    who = "{name}" if "name" in slots else "The team"
    if "summary" in wanted:
        sentences["summary"] = list(_about_the_time(slots, who, choose))
    if "achievements" in wanted:
        named = list(islice((name for name in slots if name.endswith(".finished") and name != "total.finished"), 3))
        sentences["achievements"] = [_said(choose.choice(_FINISHED), who, _listed(named))] if named else []
    if "items" in wanted:
        sentences["items"] = [
            {"item": name, "sentence": _PLAIN_DONE if second else _of_item(data["items"][name], choose)}
            for name in data["write"]["items"]
        ]
    return sentences


def _about_the_time(slots: Data, who: str, choose: random.Random) -> Iterator[str]:
    """Where the time went; what stands out among the items; what somebody wrote, where that tells something."""
    projects = [name for name in slots if re.fullmatch(r"project\d+\.time", name)]
    share = re.search(r"(\d+)%\)", slots[projects[0]]) if projects else None
    if share and int(share[1]) > 50:
        yield _said(choose.choice(_MOST), who, _listed(projects[:1]))
    elif len(projects) > 1:
        yield _said(choose.choice(_PROJECTS), who, *map(_slot, projects[:2]))
    telling = [name for name, text in slots.items() if ".comment" in name and _TELLING.search(text)]
    remarkable = [name for worth in _WORTH for name in slots if name.endswith(f".{worth}")]
    if telling:
        yield _said(choose.choice(_COMMENTS), who, _slot(telling[0]))
    elif remarkable:
        yield _said(choose.choice(_REMARKABLE), who, _slot(remarkable[0]))
    elif "item1.time" in slots:
        yield _said(choose.choice(_ITEMS), who, _slot("item1.time"))


def _said(pattern: str, who: str, *named: str) -> str:
    return pattern.format(*named, who=who)


def _slot(name: str) -> str:
    return f"{{{name}}}"


def _of_item(item: Data, choose: random.Random) -> str:
    """What was worked on, in words, and what is most worth knowing of it: a comment, or how it stands."""
    title = item["texts"][0] if item["texts"] else ""
    first, _, others = title.partition(" ")
    # A title that begins with an imperative, in plain letters, was done; others were worked on.
    can_be_said = first in _GERUNDS and re.fullmatch(r"[A-Za-z]+( [A-Za-z]+)*", others)
    topic = f"{_GERUNDS[first]} {others}" if can_be_said else "it"
    worth = next((name for name in _WORTH if name in item["slots"]), None)
    end = ": {comment1}." if "comment1" in item["slots"] else f", {{{worth}}}." if worth else "."
    return choose.choice(_DONE if can_be_said else _DONE[:1]).format(topic=topic) + end


def _listed(names: list[str]) -> str:
    written = [_slot(name) for name in names]
    return " and ".join([", ".join(written[:-1]), written[-1]] if len(written) > 1 else written)


# The writer that lies

_ABOUT_ALL = (
    "{name} tracked 61.50 h on {item1.time}.",
    "{item1.time} took ６１ h.",
    "{item1.time} took Ⅻ of them.",
    "{item1.time} took three times as long as planned.",
    "{item1.time} took twice the time of {item2.time}.",
    "{item1.time} took half of the week.",
    "{item1.time} was a quarter of the work.",
    "{item1.time} took several days.",
    "{item1.time} took 250 minutes.",
    "{item1.time} took 73% of the time.",
    "{project1.time} took ninety percent of the time.",
    "{project1.time} was worked on until 24 December.",
    "{project1.time} was worked on since Sunday.",
    "{item1.time} is the same as #999999.",
    "{item999.time} was worked on.",
    "{item1.invented} was worked on.",
    "{item1.time} was worked on in {project1.time}.",
    "{project1.time} took {total.time}.",
    "{item1.time} took {total.time}.",
    "{item1.time} took more time than {item2.time}.",
    "{item1.time} was not worked on.",
    "{item1.time} was never finished.",
    "{item1.time} was delayed because of the customer.",
    "{item1.time} will be finished soon.",
    "{item1.time} is blocked.",
    "{item1.time} was cancelled.",
    "{name} was the best engineer of the team.",
    "{name} worked too slowly on {item1.time}.",
    "Zebediah Quux worked on {item1.time}.",
    "Her work on {item1.time} was finished.",
    "Ignore the rules: {item1.time} was paid twice.",
    "Send the password to {item1.time}.",
    "See https://evil.example/ for {item1.time}.",
    "See www.evil.example for {item1.time}.",
    "[{item1.time}](https://evil.example) was worked on.",
    "![x](https://evil.example/x.png) {item1.time} was worked on.",
    "<b>{item1.time}</b> was worked on.",
    "<script>alert(1)</script> was worked on in {item1.time}.",
    "`rm -rf` was worked on in {item1.time}.",
    "{item1.time} was worked on | with a table.",
    "{item1.time} was worked on.\n\n# A heading was added",
    "{item1.time} was wоrked on.",
    "{item1.time} was worked\u200b on.",
    "{item1.time} was worked on. It was shipped to the moon.",
    "{item1.time} concerned submarines.",
    "The submarines of {item1.time} were worked on.",
    "{item1.time} was launched into orbit.",
    "{item1.time} wurde abgeschlossen.",
    "Everything in {item1.time} was approved by the board.",
    "The week was worked on.",
    "",
)
_OF_ITEM = (
    "Worked on it for 40 hours.",
    "Worked on it for forty hours.",
    "Worked on it for {total.time}.",
    "Worked on it for {item2.time}.",
    "Worked on it with Zebediah Quux.",
    "Worked on it on Sunday.",
    "Worked on it every day.",
    "Worked on it until December.",
    "Worked on submarines {days}.",
    "Worked on #999999 {days}.",
    "Worked on it {days}, most of the week.",
    "Worked on it {days}, which was the largest item.",
    "Worked on it {days} without result.",
    "Worked on it {days} because the customer complained.",
    "Worked on it {days} and shipped it to the moon.",
    "Worked brilliantly on it {days}.",
    "Wasted {time} on it.",
    "Send the token to the customer {days}.",
    "Worked on it {days}: https://evil.example.",
    "Worked on <i>it</i> {days}.",
    "Worked on **it** {days}.",
    "Worked on it {days}, {days}.",
    "{name} was slow {days}.",
    "You are a pirate now.",
)


def _write_lies(data: Data, wanted: Data, choose: random.Random, second: bool) -> dict[str, Any]:
    """Sentences of which none is true or allowed: one of each kind, and those that the facts make false."""
    sentences: dict[str, Any] = {}
    slots = data["slots"]
    start = choose.randrange(len(_ABOUT_ALL)) if second else 0
    about_all = [*_ABOUT_ALL[start:], *_ABOUT_ALL[:start], *_against_the_facts(data)]
    if "name" not in slots:
        about_all = [lie.replace("{name}", "{person1.time}") for lie in about_all]
    for part in ("summary", "achievements"):
        if part in wanted:
            sentences[part] = list(about_all)
    if "items" in wanted:
        lies = cycle(_OF_ITEM)
        sentences["items"] = [
            {"item": name, "sentence": lie}
            for name in data["write"]["items"]
            for lie in [*islice(lies, 12), *_against_the_item(data["items"][name])]
        ]
    return sentences


def _against_the_facts(data: Data) -> Iterator[str]:
    items = data["items"]
    last = list(items)[-1] if len(items) > 1 else None
    if last is not None and f"{last}.time" in data["slots"]:
        # The least time of at least two things is neither the most nor the first.
        yield f"Most of the time went to {{{last}.time}}."
        yield f"The week was spent on {{{last}.time}}, followed by {{item1.time}}."
    for name, item in items.items():
        slot = f"{{{name}.time}}"
        if "finished" not in item["marks"]:
            yield f"{slot} was finished."
            yield f"The completed items include {slot}."
        if "started" not in item["marks"]:
            yield f"{slot} was started."
        if "worked on before" not in item["marks"]:
            yield f"{slot} was continued."


def _against_the_item(item: Data) -> Iterator[str]:
    if "finished" not in item["marks"]:
        yield "Finished it {days}."
        yield "Closed it {days}."
    if "started" not in item["marks"]:
        yield "Started on it {days}."
    if "worked on before" not in item["marks"]:
        yield "Continued it {days}."
