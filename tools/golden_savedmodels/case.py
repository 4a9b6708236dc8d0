"""How a golden SavedModel is described."""

import dataclasses
from collections.abc import Callable

import keras

MAJOR = int(keras.__version__.split(".")[0])


@dataclasses.dataclass
class Case:
    name: str
    # (random, path): writes the folder.
    write: Callable
    signatures: tuple[str, ...] = ("serving_default",)
    # Of the largest expected value, and at least of 1; absent: the test's own.
    tolerance: float | None = None
    keeps_metadata: bool = False
    # What it is refused with; such a case has no calls.
    refused: str | None = None


CASES: list[Case] = []
