"""Makes the golden vectors of tests/fixtures/models with real Keras.

Each model has random weights and is saved by the version that runs this. Inputs and outputs of a version lie one after the other, as
little-endian values, in `<keras>.bin`; `<keras>.golden.json` says which model has which.

    python tools/golden.py        # once with Keras 3.15, once with Keras 2.15
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
from keras import layers as L

MAJOR = int(keras.__version__.split(".")[0])
FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "models"
RANDOM = np.random.default_rng(20230)
MODELS = {}
# Keras 2 could write `.keras` only in its last versions: a few are enough.
ARCHIVES_2 = ("early_exit", "nested", "sequential")

ACTIVATIONS_2 = "relu elu selu softplus softsign swish gelu tanh sigmoid exponential hard_sigmoid linear mish softmax".split()
ACTIVATIONS_3 = ACTIVATIONS_2 + (
    "leaky_relu relu6 celu silu hard_silu hard_swish log_sigmoid tanh_shrink hard_tanh hard_shrink "
    "soft_shrink squareplus sparse_plus sparse_sigmoid log_softmax glu sparsemax"
).split()


def model(function):
    """Registers a function that builds a model under its own name."""
    MODELS[function.__name__] = function
    return function


def fan(shape, branches, dtype="float32"):
    """A model that gives the same input to each of several layers, one output each."""
    source = keras.Input(shape, name="source", dtype=dtype)
    return keras.Model(source, [branch(source) for branch in branches])


@model
def activations():
    names = ACTIVATIONS_3 if MAJOR == 3 else ACTIVATIONS_2
    return fan((6,), [L.Activation(name, name=f"is_{name}") for name in names])


@model
def activation_layers():
    slope = {"negative_slope": 0.07} if MAJOR == 3 else {"alpha": 0.07}
    return fan(
        (4, 6),
        [
            L.ReLU(),
            L.ReLU(max_value=1.5, negative_slope=0.1),
            L.ReLU(max_value=2.0, negative_slope=0.2, threshold=0.5),
            L.ReLU(threshold=0.7),
            L.ReLU(negative_slope=0.3),
            L.LeakyReLU(),
            L.LeakyReLU(**slope),
            L.ELU(alpha=0.4),
            L.PReLU(),
            L.PReLU(shared_axes=[1]),
            L.Softmax(),
            L.Softmax(axis=1),
            L.Dense(3, activation=L.LeakyReLU(**slope)),
            L.Dense(3, activation=L.ReLU(max_value=1.0)),
        ]
        + ([L.Softmax(axis=[1, 2])] if MAJOR == 2 else []),
    )


@model
def dense():
    return fan((2, 5), [L.Dense(3), L.Dense(4, use_bias=False, activation="tanh"), L.Flatten(), L.Reshape((5, -1)), L.Dropout(0.5)])


@model
def sequential():
    return keras.Sequential([L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dense(3, activation="softmax")])


@model
def convolution():
    return fan(
        (7, 8, 4),
        [
            L.Conv2D(3, 3, padding="valid"),
            L.Conv2D(3, 3, padding="same", use_bias=False),
            L.Conv2D(3, (2, 3), strides=2, padding="same", activation="relu"),
            L.Conv2D(3, 3, strides=(2, 3), padding="valid"),
            L.Conv2D(2, 2, dilation_rate=2, padding="same"),
            L.Conv2D(2, 2, dilation_rate=(1, 3), padding="valid"),
            L.Conv2D(4, 3, groups=2, padding="same", activation="softmax"),
            L.Conv2D(2, 4, strides=3, padding="same"),
        ],
    )


@model
def depthwise():
    return fan(
        (7, 6, 3),
        [
            L.DepthwiseConv2D(3),
            L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="elu"),
            L.DepthwiseConv2D(2, strides=2, padding="same", use_bias=False),
            L.DepthwiseConv2D(2, dilation_rate=2),
            L.SeparableConv2D(4, 3),
            L.SeparableConv2D(2, 3, padding="same", strides=2, depth_multiplier=2, activation="relu"),
            L.SeparableConv2D(2, 2, padding="same", use_bias=False),
            L.SeparableConv2D(2, 2, dilation_rate=2),
        ],
    )


@model
def pooling():
    return fan(
        (7, 6, 3),
        [
            L.MaxPooling2D(),
            L.MaxPooling2D(3, padding="same"),
            L.MaxPooling2D((2, 3), strides=1, padding="same"),
            L.AveragePooling2D(2),
            L.AveragePooling2D(3, padding="same"),
            L.AveragePooling2D(3, strides=(1, 2), padding="same"),
            L.GlobalAveragePooling2D(),
            L.GlobalAveragePooling2D(keepdims=True),
            L.GlobalMaxPooling2D(),
            L.GlobalMaxPooling2D(keepdims=True),
        ],
    )


@model
def normalization():
    return fan(
        (5, 4, 3),
        [
            L.BatchNormalization(),
            L.BatchNormalization(axis=1, epsilon=0.1),
            L.BatchNormalization(axis=2, center=False),
            L.BatchNormalization(scale=False),
            L.BatchNormalization(center=False, scale=False),
            L.ZeroPadding2D(),
            L.ZeroPadding2D((1, 2)),
            L.ZeroPadding2D(((0, 1), (2, 0))),
            L.Rescaling(1 / 255),
            L.Rescaling([1.0, 2.0, 3.0], offset=[-1.0, 0.5, 0.0]),
        ],
    )


@model
def bytes_in():
    source = keras.Input((4, 4, 1), name="image", dtype="uint8")
    hidden = L.Conv2D(2, 3)(L.Rescaling(1 / 127.5, offset=-1)(source))
    return keras.Model(source, [hidden, L.Flatten()(source)])


@model
def merging():
    left, right = keras.Input((3, 4), name="right_first"), keras.Input((3, 2), name="left_second")
    narrow = L.Dense(1)(left)
    wide = L.Dense(2)(left)
    return keras.Model(
        [right, left],
        [
            L.Concatenate()([left, right]),
            L.Concatenate(axis=1)([wide, right, wide]),
            L.Add()([wide, right]),
            L.Add()([narrow, right, wide]),
        ],
    )


@model
def nested():
    inner_source = keras.Input((6, 6, 2))
    hidden = L.BatchNormalization()(inner_source)
    hidden = L.SeparableConv2D(3, 3, name="sep")(hidden)
    hidden = L.PReLU(shared_axes=[1, 2])(hidden)
    inner = keras.Model(inner_source, [hidden, L.Flatten()(hidden)], name="mid")
    tail = keras.Sequential([keras.Input((48,)), L.Dense(4), L.BatchNormalization()], name="tail")
    shared = L.Conv2D(2, 3, padding="same", name="shared")
    source = keras.Input((6, 6, 2), name="source")
    once = shared(source)
    twice = shared(once)
    maps, flat = inner(twice)
    again, _ = inner(once)
    exit_ = L.Dense(3, activation="softmax", name="exit")(tail(flat))
    return keras.Model(source, [exit_, maps, again])


@model
def frozen():
    """Weights of frozen layers come last among those of a nested model."""
    inner_source = keras.Input((4,))
    first = L.Dense(4, name="first")
    hidden = L.BatchNormalization()(first(inner_source))
    inner = keras.Model(inner_source, L.Dense(4)(hidden), name="mid")
    first.trainable = False
    source = keras.Input((4,), name="source")
    return keras.Model(source, L.Dense(2)(inner(source)))


@model
def early_exit():
    """A small tier as users write it: both an exit and features."""
    source = keras.Input((9, 9, 1), name="image")
    hidden = L.ZeroPadding2D()(source)
    hidden = L.BatchNormalization()(L.Conv2D(4, 3, use_bias=False)(hidden))
    features = L.MaxPooling2D(name="features")(L.Activation("relu")(hidden))
    answer = L.Dense(10, activation="softmax", name="exit")(L.Dropout(0.2)(L.Flatten()(features)))
    return keras.Model(source, [answer, features])


def input_values(tensor):
    shape = [3, *tensor.shape[1:]]
    dtype = getattr(tensor.dtype, "name", tensor.dtype)
    if dtype == "uint8":
        return RANDOM.integers(0, 256, shape).astype("uint8")
    return (RANDOM.standard_normal(shape) * 2).astype("float32")


def randomize(built):
    """Random weights; statistics and slopes above zero, so that no layer hides a mistake."""
    for weight in built.weights:
        values = RANDOM.standard_normal(weight.shape) * 0.5
        if "variance" in weight.name:
            values = np.abs(values) + 0.5
        weight.assign(values.astype("float32"))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = f"keras{MAJOR}"
    binary, cases = bytearray(), []

    def store(array):
        start = len(binary)
        binary.extend(np.ascontiguousarray(array).tobytes())
        dtype = "UINT8" if array.dtype == np.uint8 else "FP32"
        return {"datatype": dtype, "shape": list(array.shape), "offset": start}

    for case, build in MODELS.items():
        keras.backend.clear_session()
        built = build()
        if not built.built:
            built.build((None, 4))
        randomize(built)
        inputs = [input_values(tensor) for tensor in built.inputs]
        outputs = built(inputs if len(inputs) > 1 else inputs[0], training=False)
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        files = []
        for extension in ("keras", "h5"):
            if extension == "keras" and MAJOR == 2 and case not in ARCHIVES_2:
                continue
            path = FOLDER / f"{case}.{name}.{extension}"
            built.save(path)
            files.append(path.name)
        cases.append(
            {
                "files": files,
                "inputs": [store(array) for array in inputs],
                "outputs": [store(np.asarray(array)) for array in outputs],
                "outputNames": list(getattr(built, "output_names", None) or [built.layers[-1].name]),
            }
        )
    (FOLDER / f"{name}.bin").write_bytes(binary)
    index = {"keras": keras.__version__, "cases": cases}
    (FOLDER / f"{name}.golden.json").write_text(json.dumps(index, indent=1) + "\n")


main()
