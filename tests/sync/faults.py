"""What can happen to a call on its way through the fault proxy, and which calls it happens to."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message import DecodeError

from facturepro.sync.remotes.firestore_protocol import CURRENT, ListenResponse
from facturepro.sync.remotes.firestore_queries import TARGET_ID
from tests.sync.wire_counts import Meter

if TYPE_CHECKING:
    from tests.sync.fault_proxy import FaultProxy

Code = grpc.StatusCode
_RESET = "recvmsg:Connection reset by peer"


class Call:
    """One call on its way through: ``forward`` lets the emulator answer, as often as a fault likes."""

    def __init__(self, proxy: FaultProxy, method: str, requests: Iterator[bytes], context: Any) -> None:
        self.method = method
        self.context = context
        self._proxy = proxy
        self._requests = requests
        self._request = b"" if method == "Listen" else next(requests)
        self._seconds: float | None = None
        self._gone = threading.Event()
        if not context.add_callback(self._gone.set):
            self._gone.set()

    def forward(self) -> Iterator[bytes]:
        meter = Meter(self._proxy.counts, self._proxy.lock, self.method)
        stub = self._proxy.stubs[self.method]
        metadata = [pair for pair in self.context.invocation_metadata() if pair[0] not in ("user-agent",)]
        if self.method == "Commit":
            answer = stub(self._request, metadata=metadata)
            meter.answer(answer)
            meter.ended(self._request)
            yield answer
            return
        answers = stub(self._noted(meter) if self.method == "Listen" else self._request, metadata=metadata)
        self.context.add_callback(answers.cancel)
        timer = threading.Timer(self._seconds, answers.cancel) if self._seconds is not None else None
        if timer is not None:
            timer.start()
        try:
            for answer in answers:
                meter.answer(answer)
                yield answer
            meter.ended(None)
        except grpc.RpcError:
            if timer is None or timer.is_alive() or self._gone.is_set():
                raise
            self._proxy.count_expired()
        finally:
            answers.cancel()
            if timer is not None:
                timer.cancel()

    def ends_after(self, seconds: float) -> None:
        """What is forwarded from now on ends after so many seconds, as if the emulator had ended it."""
        self._seconds = seconds

    def wait(self, seconds: float) -> None:
        """Until then, or until nobody waits for the answer any more."""
        self._gone.wait(seconds)

    def fail(self, code: Code = Code.UNAVAILABLE, details: str = _RESET) -> None:
        self.context.abort(code, details)

    def later(self, work: Callable[[], None]) -> None:
        self._proxy.pool.submit(work)

    def _noted(self, meter: Meter) -> Iterator[bytes]:
        with suppress(Exception):  # gRPC ends the iteration so when the client has gone
            for request in self._requests:
                meter.request(request)
                yield request


@dataclass(frozen=True)
class Fault:
    """``run`` answers a call, however badly."""

    name: str
    run: Callable[[Call], Iterator[bytes]]


def lost_request() -> Fault:
    """The emulator never hears of it; the client cannot know."""

    def run(call: Call) -> Iterator[bytes]:
        call.fail()
        yield b""

    return Fault("lost request", run)


def lost_answer(code: Code = Code.UNAVAILABLE, details: str = _RESET) -> Fault:
    """It is done, and nobody is told."""

    def run(call: Call) -> Iterator[bytes]:
        _answers_of(call)
        call.fail(code, details)
        yield b""

    return Fault("lost answer", run)


def late_request(seconds: float) -> Fault:
    """The client is told that the line broke, and what it sent arrives afterwards all the same."""

    def run(call: Call) -> Iterator[bytes]:
        def arrive() -> None:
            threading.Event().wait(seconds)
            _answers_of(call)

        call.later(arrive)
        call.fail()
        yield b""

    return Fault("late request", run)


def twice(answers_second: bool = False) -> Fault:
    """A network that repeats: the emulator gets it two times. The client sees the first or the second answer."""

    def run(call: Call) -> Iterator[bytes]:
        if answers_second:
            _answers_of(call)
            yield from call.forward()
        else:
            answers = list(call.forward())
            _answers_of(call)
            yield from answers

    return Fault("twice, second answer" if answers_second else "twice", run)


def slow(seconds: float) -> Fault:
    """The answer (each message of a stream) takes its time, so that answers overtake one another."""

    def run(call: Call) -> Iterator[bytes]:
        for answer in call.forward():
            call.wait(seconds)
            yield answer

    return Fault("slow", run)


def slow_request(seconds: float) -> Fault:
    """Other requests overtake this one."""

    def run(call: Call) -> Iterator[bytes]:
        call.wait(seconds)
        yield from call.forward()

    return Fault("slow request", run)


def status(code: Code, details: str = "scripted") -> Fault:
    def run(call: Call) -> Iterator[bytes]:
        call.fail(code, details)
        yield b""

    return Fault(code.name, run)


def cut(after: int, code: Code = Code.UNAVAILABLE, details: str = _RESET) -> Fault:
    """The stream breaks after so many messages."""

    def run(call: Call) -> Iterator[bytes]:
        answers = call.forward()
        for _number in range(after):
            answer = next(answers, None)
            if answer is None:
                return
            yield answer
        call.fail(code, details)

    return Fault("cut", run)


def silence(after: int, seconds: float = 3600.0) -> Fault:
    """So many messages, then nothing: no end, no error, until the client gives up."""

    def run(call: Call) -> Iterator[bytes]:
        answers = call.forward()
        for _number in range(after):
            yield next(answers)
        call.wait(seconds)
        call.fail()

    return Fault("silence", run)


def expired() -> Fault:
    return Fault("expired", status(Code.UNAUTHENTICATED, "Request had invalid authentication credentials.").run)


def ends_with_its_token(seconds: float) -> Fault:
    """A stream that the server ends when its token does."""

    def run(call: Call) -> Iterator[bytes]:
        call.ends_after(seconds)
        yield from call.forward()
        call.fail(Code.UNAUTHENTICATED, "Request had invalid authentication credentials.")

    return Fault("token", run)


def forgets_documents(count: int) -> Fault:
    """Firestore's existence filter says that there are ``count`` documents; none of them was sent."""

    def run(call: Call) -> Iterator[bytes]:
        for answer in call.forward():
            if _is_document(answer):
                continue
            yield answer
            if ListenResponse.FromString(answer).target_change.target_change_type == CURRENT:
                counted = ListenResponse()
                counted.filter.target_id = TARGET_ID
                counted.filter.count = count
                yield counted.SerializeToString()

    return Fault("forgets documents", run)


def garbled() -> Fault:
    """A message that is none."""

    def run(call: Call) -> Iterator[bytes]:
        yield b"\x12\xff\xff"
        call.wait(3600.0)

    return Fault("garbled", run)


def stall(is_applied: bool, seconds: float = 3600.0) -> Fault:
    """No answer and no error until the client gives up; done in the cloud, or not."""

    def run(call: Call) -> Iterator[bytes]:
        if is_applied:
            _answers_of(call)
        call.wait(seconds)
        call.fail(Code.DEADLINE_EXCEEDED, "Deadline Exceeded")
        yield b""

    return Fault("stall after" if is_applied else "stall before", run)


def shuffled(seed: object) -> Fault:
    """Documents between two consistent states come in another order, and some of them twice, as the protocol allows."""

    def run(call: Call) -> Iterator[bytes]:
        dice = random.Random(f"{seed}")
        held: list[bytes] = []
        for answer in call.forward():
            if _is_document(answer):
                held += [answer] * dice.choice((1, 1, 2))
                continue
            dice.shuffle(held)
            yield from held
            held.clear()
            yield answer

    return Fault("shuffled", run)


def _is_document(answer: bytes) -> bool:
    try:
        return bool(ListenResponse.FromString(answer).WhichOneof("response_type") == "document_change")
    except DecodeError:
        return False


def _answers_of(call: Call) -> None:
    with suppress(grpc.RpcError):  # refused or not, nobody is told
        for _answer in call.forward():
            pass


class Plan:
    """Faults from a seed: the n-th call of a method meets the same one each time.

    Args:
        rate: the share of calls that meet a fault.
    """

    def __init__(self, seed: object, rate: float = 0.35) -> None:
        self.seed = seed
        self._rate = rate

    def choose(self, method: str, number: int) -> Fault | None:
        dice = random.Random(f"{self.seed}/{method}/{number}")
        if dice.random() >= self._rate:
            return None
        moment = dice.uniform(0.01, 0.25)
        codes = [Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.INTERNAL, Code.UNKNOWN, Code.ABORTED, Code.CANCELLED]
        if method == "Listen":
            codes += [Code.RESOURCE_EXHAUSTED, Code.INVALID_ARGUMENT, Code.UNAUTHENTICATED, Code.DATA_LOSS]
            choices = [status(dice.choice(codes)), cut(dice.randint(0, 12)), cut(dice.randint(0, 40))]
            choices += [silence(dice.randint(0, 6)), slow(moment / 5), shuffled(dice.random())]
        elif method == "Commit":
            choices = [lost_answer(), lost_answer(dice.choice(codes[1:4])), lost_request(), late_request(moment)]
            choices += [twice(), twice(answers_second=True), slow(moment), slow_request(moment)]
            choices += [stall(dice.random() < 0.5)]
            choices += [status(dice.choice([Code.ABORTED, Code.UNAUTHENTICATED, Code.RESOURCE_EXHAUSTED]))]
        else:
            choices = [stall(False), lost_request(), cut(dice.randint(0, 3)), slow(moment / 5), slow_request(moment)]
            choices += [status(dice.choice(codes))]
        return dice.choice(choices)
