"""A server on 127.0.0.1 that speaks the chat completions protocol and answers as a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Script:
    """What the server says, call by call (the last answer repeats), and what it was asked.

    An answer is the text of the reply; an `(status, body)` pair; `("hang", seconds)`; or a function from the request
    to the text.
    """

    answers: list[Any]
    requests: list[dict] = field(default_factory=list)
    headers: list[dict] = field(default_factory=list)
    retry_after: str = ""

    def next(self) -> Any:
        return self.answers[min(len(self.requests), len(self.answers)) - 1]


def reply(text: str, finish: str = "stop") -> dict:
    """A chat completion with this text."""
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "test",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }  # fmt: skip


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            script.requests.append(json.loads(body))
            script.headers.append(dict(self.headers))
            answer = script.next()
            if callable(answer):
                answer = answer(script.requests[-1])
            if isinstance(answer, tuple) and answer[0] == "hang":
                time.sleep(answer[1])
                answer = "late"
            status, payload = (
                answer if isinstance(answer, tuple) else (200, reply(answer) if isinstance(answer, str) else answer)
            )
            data = json.dumps(payload).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if status == 429 and script.retry_after:
                    self.send_header("Retry-After", script.retry_after)
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client gave up waiting, which is what a time-out test wants

        def log_message(self, *args: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def serve(*answers: Any) -> Iterator[tuple[str, Script]]:
    """Address of a running server and its script."""
    script = Script(list(answers))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", script
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
