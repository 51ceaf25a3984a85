"""A small HTTP client for measuring: a thread a connection, kept alive, logged in; it talks to 127.0.0.1 only."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

HOST = "127.0.0.1"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Answer:
    """What came back, and how long it took (seconds)."""

    status: int
    body: str
    location: str
    seconds: float


@dataclass
class Browser:
    """One connection with its cookies."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection(HOST, self.port, timeout=60)

    def get(self, path: str) -> Answer:
        """GET, without following a redirect."""
        return self._send("GET", path, None, {})

    def post(self, path: str, values: dict[str, str]) -> Answer:
        """POST of a form with the token of the last page that had one."""
        body = urlencode({**values, "csrfmiddlewaretoken": self.token}).encode()
        return self._send("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def upload(self, path: str, values: dict[str, str], name: str, data: bytes) -> Answer:
        """POST of a form with one file."""
        mark = "----xueji-bench"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in {**values, "csrfmiddlewaretoken": self.token}.items()
        ]
        parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode())
        parts += [data, f"\r\n--{mark}--\r\n".encode()]
        return self._send("POST", path, b"".join(parts), {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        begun = time.perf_counter()
        self._connection.request(method, path, body, {**headers, "Cookie": cookie})
        response = self._connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        seconds = time.perf_counter() - begun
        for value in response.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        found = _TOKEN.search(text)
        if found:
            self.token = found.group(1)
        return Answer(response.status, text, response.headers.get("Location") or "", seconds)

    def log_in(self, login: str, password: str) -> Browser:
        """Through the log-in page into the person's one post."""
        self.get("/login/")
        answer = self.post("/login/", {"login": login, "password": password})
        if answer.status != 302 or answer.location != "/":
            raise RuntimeError(f"log-in of {login} answered {answer.status} {answer.location}")
        self.get("/")
        return self

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


#: One request of a scenario: the n-th of this browser.
Act = Callable[[Browser, int], Answer]


@dataclass
class Load:
    """What a load brought: seconds of every answer in the measured time."""

    seconds: list[float]
    wrong: int
    elapsed: float

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return len(self.seconds) / self.elapsed if self.elapsed else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        if not self.seconds:
            return float("inf")
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def run(
    browsers: Sequence[Browser],
    acts: Sequence[Act],
    *,
    warm: float,
    measured: float,
    stop: threading.Event | None = None,
) -> Load:
    """Every browser repeats its act; only answers that begin after ``warm`` seconds count, for ``measured`` seconds.

    With ``stop`` it goes on until that is set (and at most ``measured`` seconds).
    """
    begun = time.perf_counter()
    first, last = begun + warm, begun + warm + measured
    seconds: list[list[float]] = [[] for _ in browsers]
    wrong = [0] * len(browsers)

    def work(place: int) -> None:
        number = 0
        while (now := time.perf_counter()) < last and not (stop and stop.is_set()):
            answer = acts[place](browsers[place], number)
            number += 1
            if answer.status not in (200, 302):
                wrong[place] += 1
            elif now >= first:
                seconds[place].append(answer.seconds)

    threads = [threading.Thread(target=work, args=[place], daemon=True) for place in range(len(browsers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - first
    return Load([one for part in seconds for one in part], sum(wrong), elapsed)
