"""How a golden case is described; a family is a module beside this one."""

import dataclasses
import zlib
from collections.abc import Callable

import keras
import numpy as np

MAJOR = int(keras.__version__.split(".")[0])


@dataclasses.dataclass
class Case:
    name: str
    family: str
    build: Callable
    # Of the largest expected value, and at least of 1; absent: the test's own.
    tolerance: float | None
    # (random, input tensors) -> arrays of three samples each; absent: random numbers.
    inputs: Callable | None
    formats: tuple[str, ...]


CASES: list[Case] = []


def model(build=None, *, tolerance=None, inputs=None, majors=(2, 3), formats=("keras", "h5"), archive_in_keras2=False):
    """Registers a function that builds a model, under its own name.

    Keras 2 could write `.keras` only in its last versions: it is asked to where `archive_in_keras2` says so.
    """

    def register(function):
        if MAJOR in majors:
            wanted = tuple(f for f in formats if f != "keras" or MAJOR == 3 or archive_in_keras2)
            family = function.__module__.rsplit(".", 1)[-1]
            CASES.append(Case(function.__name__, family, function, tolerance, inputs, wanted))
        return function

    return register(build) if build else register


def fan(shape, branches, dtype="float32"):
    """A model that gives the same input to each of several layers, one output each."""
    source = keras.Input(shape, name="source", dtype=dtype)
    return keras.Model(source, [branch(source) for branch in branches])


def two(branches, shapes=((4, 3), (4, 3)), dtypes=("float32", "float32")):
    """A model that gives the same two inputs to each of several functions."""
    one, other = (keras.Input(shape, name=f"in{i}", dtype=d) for i, (shape, d) in enumerate(zip(shapes, dtypes)))
    return keras.Model([one, other], [branch(one, other) for branch in branches])


def random_for(case):
    """The same numbers for a case whatever else is made."""
    return np.random.default_rng(zlib.crc32(f"{case.family}/{case.name}".encode()))


def input_values(random, tensor):
    shape = [3 if size is None else size for size in [3, *tensor.shape[1:]]]
    dtype = np.dtype(getattr(tensor.dtype, "name", tensor.dtype))
    if dtype == np.bool_:
        return random.integers(0, 2, shape).astype(dtype)
    if np.issubdtype(dtype, np.integer):
        return random.integers(0, 256 if dtype == np.uint8 else 10, shape).astype(dtype)
    return (random.standard_normal(shape) * 2).astype(dtype)


def randomize(random, built):
    """Random weights; variances above zero, so that no layer hides a mistake."""
    for weight in built.weights:
        dtype = getattr(weight.dtype, "name", weight.dtype)
        # What a Normalization has found is used as it was when it was found.
        is_found = weight.name.split(":")[0].split("/")[-1] in ("mean", "variance")
        if "seed" in weight.name or is_found or np.issubdtype(np.dtype(dtype), np.integer):
            continue
        values = random.standard_normal(weight.shape) * 0.5
        if "variance" in weight.name:
            values = np.abs(values) + 0.5
        weight.assign(values.astype(dtype))
