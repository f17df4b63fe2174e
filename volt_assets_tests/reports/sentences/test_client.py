"""Asking the model within a budget: what is set aside, what is used, and when nothing more is asked."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from bench.corpora.facts import individual
from volt_assets.reports.sentences.client import Answer, Model, NotAnswered
from volt_assets.reports.sentences.menu import menu_of
from volt_assets.reports.sentences.prompt import Prompts, Question, question
from volt_assets.sandbox.faults import Fault
from volt_assets.sandbox.server import Sandbox, start_sandbox
from volt_assets.settings import DEFAULTS, ModelAccess, ModelPrice
from volt_assets_tests.sandbox.conftest import small_company


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with start_sandbox(small_company()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(server: Sandbox) -> Iterator[Sandbox]:
    usual = dict(vars(server.settings))
    server.forget()
    yield server
    vars(server.settings).update(usual)


@pytest.fixture
def asked() -> Question:
    return question(individual(), menu_of(individual()), Prompts([DEFAULTS / "prompts"]), "a-model")


def model(sandbox: Sandbox, budget: int = 10**6, price: ModelPrice | None = None, key: str = "a-key") -> Model:
    access = ModelAccess(sandbox.ready["openai_url"], SecretStr(key), "a-model", budget, price)
    return Model(access, timeout_seconds=10, requests=Counter())


async def answer_of(model: Model, question: Question) -> Answer:
    async with model:
        return await model.ask(question)


def test_an_answer_has_its_tokens_and_its_price_where_there_is_one(sandbox, asked):
    priced = model(sandbox, price=ModelPrice(1, 1))
    answer = asyncio.run(answer_of(priced, asked))
    assert answer.cost_usd == pytest.approx(answer.tokens / 1e6)
    assert asyncio.run(answer_of(model(sandbox), asked)).cost_usd is None
    assert priced.tokens == answer.tokens
    assert priced.requests == {"openai": 1}


def test_requests_side_by_side_never_take_more_than_the_budget(sandbox, asked):
    free = model(sandbox)
    taken = asyncio.run(answer_of(free, asked)).tokens
    most = free._set_aside(asked)
    bounded = model(sandbox, budget=most + 2 * taken)

    async def ask_all() -> list[Answer | BaseException]:
        async with bounded:
            return await asyncio.gather(*(bounded.ask(asked) for _ in range(8)), return_exceptions=True)

    told = asyncio.run(ask_all())
    used = [each.tokens for each in told if isinstance(each, Answer)]
    refused = [each for each in told if not isinstance(each, Answer)]
    assert {type(each) for each in refused} == {NotAnswered}
    assert all("VOLT_MODEL_BUDGET" in str(each) for each in refused)
    assert 0 < sum(used) == bounded.tokens <= bounded.access.budget
    assert len(refused) >= 5


def test_a_budget_too_small_for_the_question_sends_nothing(sandbox, asked):
    with pytest.raises(NotAnswered, match="budget of 100 tokens"):
        asyncio.run(answer_of(model(sandbox, budget=100), asked))
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(401, "Incorrect API key provided: a-key"), "OPENAI_API_KEY"),
        (Fault(403, "no: a-key"), "OPENAI_API_KEY"),
        (Fault(404, "model_not_found"), "a-model: check VOLT_MODEL"),
        (Fault(400, "invalid a-key"), "status 400"),
        (Fault(200, "this is no JSON"), "an answer that is none"),
        (Fault(200, '{"id": "x", "choices": []}'), "no answer"),
        (Fault(200, '{"choices": [{"message": {"role": "assistant", "content": null}}]}'), "no answer"),
        (Fault(200, '{"choices": [{"message": {"role": "assistant", "content": "{}"}}]}'), "tokens"),
    ],
)
def test_after_a_failure_nothing_more_is_asked_and_nothing_that_the_server_answered_is_repeated(
    sandbox, asked, fault, said
):
    sandbox.fail_next("/v1/", fault)
    failing = model(sandbox)
    for _ in range(2):
        with pytest.raises(NotAnswered, match=said) as refused:
            asyncio.run(answer_of(failing, asked))
        assert "a-key" not in str(refused.value)
        assert refused.value.__cause__ is None
    assert len(sandbox.requests) == 1
