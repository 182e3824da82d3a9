"""What the server holds of runs and test sets: values by key, within a budget of bytes for all."""

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import numpy as np
from torch import Tensor, nn

T = TypeVar("T")
OBJECT = 64  # bytes, about, of a Python object beside what it holds


class Held:
    """Values that were made once for all sessions; the least recently used go where room lacks.

    What somebody still has of what has gone is found again, and not made a second time: else a
    run that many sessions show would be in memory many times.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
        self._making: dict[Hashable, Future[Any]] = {}
        self._size = 0

    @property
    def size(self) -> int:
        """The bytes of all that is held."""
        with self._lock:
            return self._size

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, which `make` makes where there is none; once, for all who wait.

        An error of `make` is everybody's who waits, and is not kept.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(T, self._values[key][0])
            alive = self._alive.get(key)
            if alive is not None:
                self._keep(key, alive)
                return cast(T, alive)
            waiting = self._making.get(key)
            mine: Future[Any] = Future()
            if waiting is None:
                self._making[key] = mine
        if waiting is not None:
            return cast(T, waiting.result())
        try:
            value = make()
        except BaseException as error:
            with self._lock:
                del self._making[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._making[key]
            self._keep(key, value)
        mine.set_result(value)
        return value

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._values.clear()
            self._alive.clear()
            self._size = 0

    def _keep(self, key: Hashable, value: object) -> None:
        size = bytes_of(value)
        if type(value).__weakrefoffset__:
            self._alive[key] = value
        if size > self.budget:
            return
        self._values[key] = value, size
        self._size += size
        while self._size > self.budget:
            _, (_, gone) = self._values.popitem(last=False)
            self._size -= gone


def bytes_of(value: object) -> int:
    """About how much memory a value takes: its arrays, texts and modules, each once."""
    seen: dict[int, object] = {}  # themselves too: the number of one that has gone is another's
    storages: set[int] = set()

    def size(each: object) -> int:
        if id(each) in seen or each is None:
            return 0
        seen[id(each)] = each
        match each:
            case Tensor():
                storage = each.untyped_storage()
                if storage.data_ptr() in storages:
                    return 0
                storages.add(storage.data_ptr())
                return storage.nbytes()
            case np.ndarray():
                return int(each.nbytes)
            case bytes() | str():
                return len(each)
            case nn.Module():
                return sum(size(tensor) for tensor in each.state_dict().values())
            case Mapping():
                return sum(OBJECT + size(key) + size(own) for key, own in each.items())
            case Sequence() | set() | frozenset():
                return sum(OBJECT + size(own) for own in each)
        if dataclasses.is_dataclass(each):
            return sum(OBJECT + size(own) for own in vars(each).values())
        return OBJECT

    total = size(value)
    seen.clear()  # `size` knows itself, so that all of this would stay until garbage is collected
    return total
