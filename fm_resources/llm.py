"""A language model through litellm: structured answers, retries, cost, and no key in any message.

litellm is imported on the first call, because it takes seconds.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer", bound=BaseModel)

_KEY_LIKE = re.compile(r"(?:sk|pk|key|token)-[A-Za-z0-9_*.\-]{6,}|(?<=Bearer )\S+")
_MAX_PAUSE_S = 60.0


class LlmError(RuntimeError):
    """The model gave no usable answer; the message says why and holds no key."""


@dataclass(frozen=True)
class Reply(Generic[Answer]):
    """A validated answer, and what it took.

    Attributes:
        answer: The answer as the requested type.
        cost_usd: Money for all calls that led to it, by litellm's price list; 0 for models without a price.
        prompt_tokens: Tokens sent, over all calls.
        completion_tokens: Tokens received, over all calls.
        calls: Calls that were answered (a repair counts as one more).
    """

    answer: Answer
    cost_usd: float
    prompt_tokens: int
    completion_tokens: int
    calls: int


@dataclass
class _Usage:
    cost_usd: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0


@dataclass(frozen=True)
class LlmClient:
    """One model behind one address.

    Args:
        model: litellm's name of the model, e.g. `openai/gpt-4o-mini`.
        api_base: Address of an OpenAI-compatible server; empty: the provider's own.
        api_key: Key; empty: litellm looks in the environment.
        temperature: Sampling temperature.
        max_tokens: Length of an answer at most.
        timeout_s: Seconds for one call.
        retries: Attempts after a failed call (429, 5xx, time-out, no connection).
        backoff_s: First pause between attempts; each next one is twice as long.
    """

    model: str
    api_base: str = ""
    api_key: str = field(default="", repr=False)
    temperature: float = 0.0
    max_tokens: int = 2048
    timeout_s: float = 60.0
    retries: int = 3
    backoff_s: float = 1.0

    def ask(self, system: str, user: str, answer: type[Answer], images: Sequence[bytes] = ()) -> Reply[Answer]:
        """Asks for one structured answer.

        Args:
            system: Instructions.
            user: The question, as text.
            answer: Type of the answer; its JSON schema is sent along.
            images: JPEG files that go with the question.

        Raises:
            LlmError: No answer after all attempts, the request was refused, or the answer is not the
                requested JSON after one repair.
        """
        messages: list[dict[str, Any]] = [
            {"role": "system", "content": system},
            {"role": "user", "content": _content(user, images)},
        ]
        usage = _Usage()
        text, finish = self._complete(messages, answer, usage)
        try:
            found = read_answer(text, answer)
        except ValueError as error:
            log.info("%s: answer needs a repair: %s", self.model, self._redact(str(error)))
            messages += [
                {"role": "assistant", "content": text},
                {
                    "role": "user",
                    "content": f"That is not the requested JSON: {error}\nAnswer with the corrected JSON only.",
                },
            ]
            text, finish = self._complete(messages, answer, usage)
            try:
                found = read_answer(text, answer)
            except ValueError as again:
                cut = f" (cut off at llm.max_tokens = {self.max_tokens})" if finish == "length" else ""
                reason = self._redact(f"{self.model}: the answer is not the requested JSON{cut}: {again}")
                raise LlmError(reason) from None
        return Reply(found, usage.cost_usd, usage.prompt_tokens, usage.completion_tokens, usage.calls)

    def _complete(self, messages: list[dict[str, Any]], answer: type[BaseModel], usage: _Usage) -> tuple[str, str]:
        """One answered call as (text, finish reason), after as many attempts as it takes."""
        litellm = _litellm(tuple(self._secrets()))
        options = self._options(answer)
        attempt = 0
        while True:
            try:
                response = litellm.completion(messages=messages, **options)
                break
            except Exception as error:
                if "response_format" in options and _refuses_schema(error):
                    options.pop("response_format")
                    continue
                attempt += 1
                if not _passing(litellm, error) or attempt > self.retries:
                    raise LlmError(self._explain(error, attempt)) from None
                pause = _pause(error, self.backoff_s * 2 ** (attempt - 1))
                log.info("%s: %s; again in %.1f s", self.model, self._redact(_first_line(error)), pause)
                time.sleep(pause)
        usage.calls += 1
        usage.cost_usd += float((getattr(response, "_hidden_params", None) or {}).get("response_cost") or 0.0)
        counted = getattr(response, "usage", None)
        usage.prompt_tokens += int(getattr(counted, "prompt_tokens", 0) or 0)
        usage.completion_tokens += int(getattr(counted, "completion_tokens", 0) or 0)
        if not response.choices:
            return "", ""
        choice = response.choices[0]
        return choice.message.content or "", choice.finish_reason or ""

    def _options(self, answer: type[BaseModel]) -> dict[str, Any]:
        schema = {"name": answer.__name__, "strict": True, "schema": _strict(answer.model_json_schema())}
        options: dict[str, Any] = {
            "model": self.model,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            "timeout": self.timeout_s,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }
        if self.api_base:
            options["api_base"] = self.api_base
        if self.api_key:
            options["api_key"] = self.api_key
        elif self.api_base and not os.environ.get("OPENAI_API_KEY"):
            options["api_key"] = "unused"  # local servers ask for none, but the client insists on one
        return options

    def _secrets(self) -> list[str]:
        named = [v for k, v in sorted(os.environ.items()) if k.endswith("_API_KEY")]
        return [s for s in [self.api_key, *named] if len(s) >= 4]

    def _redact(self, text: str) -> str:
        return redact(text, self._secrets())

    def _explain(self, error: Exception, attempts: int) -> str:
        tries = f" after {attempts} attempts" if attempts > 1 else ""
        return self._redact(f"{self.model}: {type(error).__name__}{tries}: {_first_line(error)}")


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """The text without the given secrets and without anything that looks like a key."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _KEY_LIKE.sub("***", text)


def read_answer(text: str, answer: type[Answer]) -> Answer:
    """An answer from a model's text: JSON alone, in a code fence, or with words around it.

    Raises:
        ValueError: There is no such JSON; the message says what is wrong, for the model to repair.
    """
    value = _read_json(text)
    if isinstance(value, list):  # a bare list is what models give for a type with one list in it
        names = list(answer.model_fields)
        value = {names[0]: value} if len(names) == 1 else value
    try:
        return answer.model_validate(value)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in error.errors()[:5]]
        raise ValueError("; ".join(problems)) from None


def _read_json(text: str) -> Any:
    start = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
    if start < 0:
        raise ValueError("it holds no JSON object")
    body = text[start:]
    try:
        return json.JSONDecoder(strict=False).raw_decode(body)[0]
    except json.JSONDecodeError as error:
        plain = re.sub(r",(\s*[}\]])", r"\1", body)  # trailing commas are the commonest slip
        try:
            return json.JSONDecoder(strict=False).raw_decode(plain)[0]
        except json.JSONDecodeError:
            raise ValueError(f"invalid JSON: {error.msg} at character {start + error.pos}") from None


def _content(user: str, images: Sequence[bytes]) -> str | list[dict[str, Any]]:
    if not images:
        return user
    parts: list[dict[str, Any]] = [{"type": "text", "text": user}]
    for jpeg in images:
        url = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def _strict(schema: Any) -> Any:
    """The schema in the form that `strict` wants: all properties required, no others allowed."""
    if isinstance(schema, list):
        return [_strict(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {k: _strict(v) for k, v in schema.items() if k not in ("default", "title") or isinstance(v, dict)}
    if plain.get("type") == "object":
        plain["additionalProperties"] = False
        plain["required"] = list(plain.get("properties", {}))
    return plain


def _litellm(secrets: tuple[str, ...]) -> Any:
    """litellm, told to send nothing but our calls."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else importing it fetches the price list
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.drop_params = True
    litellm.turn_off_message_logging = True
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
        logger = logging.getLogger(name)
        if not any(isinstance(f, _Redactor) and f.secrets == secrets for f in logger.filters):
            logger.addFilter(_Redactor(secrets))
    return litellm


class _Redactor(logging.Filter):
    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self.secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage(), self.secrets), None
        return True


def _passing(litellm: Any, error: Exception) -> bool:
    """Whether another attempt may help."""
    if isinstance(error, litellm.Timeout | litellm.APIConnectionError):
        return True
    status = getattr(error, "status_code", None)
    return isinstance(status, int) and (status in (408, 429) or status >= 500)


def _refuses_schema(error: Exception) -> bool:
    """Whether the server knows no `response_format`; the answer is then read from plain text."""
    return getattr(error, "status_code", None) in (400, 422) and "response_format" in str(error)


def _pause(error: Exception, default_s: float) -> float:
    """Seconds to wait: what the server asks for, else the default."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        asked = float(headers.get("retry-after", ""))
    except ValueError:
        return min(default_s, _MAX_PAUSE_S)
    return min(max(asked, default_s), _MAX_PAUSE_S)


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else "no message"
