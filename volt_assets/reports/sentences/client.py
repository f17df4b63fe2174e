"""Asking the model: one server with OpenAI's chat completions, within the run's budget of tokens.

The only module that imports openai. What an answer means is not known here.
"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from volt_assets.reports.sentences.prompt import Question
from volt_assets.settings import ModelAccess

if TYPE_CHECKING:
    import openai

SERVICE = "openai"
_LONGEST_ANSWER = 4000  # tokens
_RETRIES = 2
# Of English text a token is about four bytes; three leave room for texts that take more.
_BYTES_A_TOKEN = 3


class NotAnswered(Exception):
    """The model gave no answer that can be used. Its text is for people and repeats no text of the server."""


@dataclass(frozen=True)
class Answer:
    """JSON as the model wrote it. `cost_usd` is None where the price is not known."""

    text: str
    tokens: int
    cost_usd: float | None


class Model:
    """One model for the time of a run; an async context manager, to be opened once per `asyncio.run`.

    `requests` counts what is sent, retries included. Before each request the most that it can take of the budget is set
    aside, so that the budget is never exceeded. After a failure nothing more is sent: the reports do not wait for a
    server that does not answer.
    """

    def __init__(self, access: ModelAccess, *, timeout_seconds: float, requests: Counter[str]):
        self.access = access
        self.requests = requests
        self.tokens = 0
        self.stopped: str | None = None
        self._timeout = timeout_seconds
        self._reserved = 0
        self._client: openai.AsyncOpenAI

    async def __aenter__(self) -> Self:
        import openai  # a third of a second, for runs that ask

        self._client = openai.AsyncOpenAI(
            api_key=self.access.key.get_secret_value(),
            base_url=self.access.url,
            timeout=self._timeout,
            max_retries=_RETRIES,
            http_client=openai.DefaultAsyncHttpxClient(event_hooks={"request": [self._count]}),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def ask(self, question: Question) -> Answer:
        """The model's answer. Raises NotAnswered, also where the budget does not allow the request."""
        most = self._set_aside(question)
        used = most
        try:
            answer = await self._send(question)
            used = answer.tokens
            return answer
        except NotAnswered as error:
            self.stopped = str(error)
            used = 0
            raise
        finally:
            self._reserved -= most
            self.tokens += used

    def _set_aside(self, question: Question) -> int:
        sent = sum(len(message["content"].encode()) for message in question.messages) // _BYTES_A_TOKEN
        most = sent + len(str(question.schema)) // _BYTES_A_TOKEN + _LONGEST_ANSWER
        if self.stopped:
            raise NotAnswered(self.stopped)
        if self.tokens + self._reserved + most > self.access.budget:
            raise NotAnswered(
                f"the budget of {self.access.budget} tokens a run (VOLT_MODEL_BUDGET) does not allow another report"
            )
        self._reserved += most
        return most

    async def _send(self, question: Question) -> Answer:
        import openai

        try:
            # A message's role decides its type at openai; ours are data.
            completion = await self._client.chat.completions.create(  # type: ignore[call-overload]
                model=question.model,
                messages=list(question.messages),
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "sentences", "strict": True, "schema": dict(question.schema)},
                },
                max_completion_tokens=_LONGEST_ANSWER,
            )
        except (openai.AuthenticationError, openai.PermissionDeniedError):
            raise NotAnswered("the model's server refused the key: check OPENAI_API_KEY and OPENAI_BASE_URL") from None
        except openai.NotFoundError:
            raise NotAnswered(
                f"the model's server does not know {question.model}: check VOLT_MODEL and OPENAI_BASE_URL"
            ) from None
        except openai.APITimeoutError:
            raise NotAnswered(f"the model did not answer within {self._timeout:g} s (VOLT_HTTP_TIMEOUT)") from None
        except openai.APIConnectionError:
            raise NotAnswered("the model's server could not be reached: check OPENAI_BASE_URL") from None
        except openai.APIStatusError as error:
            # The server's text is not repeated: it may hold the key, or what it was sent.
            raise NotAnswered(f"the model's server answered with status {error.status_code}") from None
        except (openai.OpenAIError, ValueError):
            raise NotAnswered("the model's server gave an answer that is none") from None
        return self._read(completion)

    def _read(self, completion: Any) -> Answer:
        if isinstance(completion, str):  # what openai makes of an answer that is no JSON
            raise NotAnswered("the model's server gave an answer that is none")
        if not completion.choices or completion.choices[0].message.content is None:
            raise NotAnswered("the model gave no answer")
        usage = completion.usage
        if usage is None:
            raise NotAnswered("the model's server does not report the tokens it used, so that no budget can be kept")
        price, cost = self.access.price, None
        if price is not None:
            cost = (usage.prompt_tokens * price.sent + usage.completion_tokens * price.written) / 1_000_000
        return Answer(completion.choices[0].message.content, usage.total_tokens, cost)

    async def _count(self, _request: object) -> None:
        self.requests[SERVICE] += 1
