"""Builds the architectures that people use, with random weights, and what real Keras answers for them.

They are too large to be committed: compare by hand, with Keras 3.15 and with Keras 2.15.

    python tools/architectures.py FOLDER [NAME ...]
    node tools/compare-architectures.ts FOLDER
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
from keras import layers as L

MAJOR = int(keras.__version__.split(".")[0])
FORMATS = ("keras", "h5") if MAJOR == 3 else ("h5",)
BATCH = 3
DATATYPES = {"float32": "FP32", "int32": "INT32"}


def images(random):
    return random.uniform(0, 255, (BATCH, 224, 224, 3)).astype("float32")


def application(build, is_scaled=False):
    """One of keras.applications; those that take numbers between -1 and 1 get them."""
    inputs = (lambda random: images(random) / 127.5 - 1) if is_scaled else images
    return (lambda: build(weights=None)), inputs


def lstm_sensors():
    """Activities from the accelerometers of a phone, as people learn them from UCI's data."""
    source = keras.Input((128, 9), name="sensors")
    hidden = L.Dropout(0.5)(L.LSTM(64, return_sequences=True)(source))
    return keras.Model(source, L.Dense(6, activation="softmax")(L.LSTM(32)(hidden)))


def transformer_encoder():
    """Two blocks of attention over tokens, of which 0 is none."""
    source = keras.Input((40,), dtype="int32", name="tokens")
    hidden = L.Embedding(500, 64, mask_zero=True)(source)
    for _ in range(2):
        attended = L.MultiHeadAttention(4, 16)(hidden, hidden)
        hidden = L.LayerNormalization()(L.Add()([hidden, L.Dropout(0.1)(attended)]))
        wide = L.Dense(64)(L.Dense(256, activation="gelu")(hidden))
        hidden = L.LayerNormalization()(L.Add()([hidden, wide]))
    pooled = L.GlobalAveragePooling1D()(hidden)
    return keras.Model(source, L.Dense(5, activation="softmax")(pooled))


def sensors(random):
    return random.standard_normal((BATCH, 128, 9)).astype("float32")


def tokens(random):
    drawn = random.integers(1, 500, (BATCH, 40)).astype("int32")
    drawn[:, 25:] = 0
    return drawn


# What is built, and on what it is called. To add one, add its line.
ARCHITECTURES = {
    "mobilenet_v2": application(keras.applications.MobileNetV2, is_scaled=True),
    "resnet50_v2": application(keras.applications.ResNet50V2, is_scaled=True),
    "efficientnet_b0": application(keras.applications.EfficientNetB0),
    "lstm_sensors": (lstm_sensors, sensors),
    "transformer_encoder": (transformer_encoder, tokens),
}


def randomize(random, built, sample):
    """Random weights under which no value vanishes or explodes: statistics are those of a sample."""
    for weight in built.weights:
        name = weight.name.split("/")[-1].split(":")[0]
        noise = random.standard_normal(weight.shape).astype("float32")
        if name == "gamma":
            weight.assign(1 + 0.2 * noise)
        elif name in ("beta", "bias"):
            weight.assign(0.2 * noise)
    norms = [layer for layer in built.layers if isinstance(layer, L.BatchNormalization)]
    for layer in norms:
        layer.momentum = 0.0
    if norms:
        built(sample, training=True)
    for layer in norms:
        layer.momentum = 0.99
    # Answers that are all alike would hide mistakes, and so would one class that is sure.
    last = built.layers[-1]
    spread = np.std(np.log(built(sample, training=False)))
    last.set_weights([weight * (1.5 / spread) for weight in last.get_weights()])


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or ARCHITECTURES:
        build, inputs = ARCHITECTURES[name]
        random = np.random.default_rng(7)
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        built = build()
        sample = inputs(random)
        randomize(random, built, sample)
        answer = np.asarray(built(sample, training=False))
        base = f"{name}.keras{MAJOR}"
        for extension in FORMATS:
            built.save(folder / f"{base}.{extension}")
        (folder / f"{base}.bin").write_bytes(sample.tobytes() + answer.tobytes())
        line = {
            "files": [f"{base}.{extension}" for extension in FORMATS],
            "input": {"datatype": DATATYPES[sample.dtype.name], "shape": sample.shape},
            "output": {"datatype": DATATYPES[answer.dtype.name], "shape": answer.shape},
        }
        (folder / f"{base}.json").write_text(json.dumps(line))
        print(f"{base}: {built.count_params()} parameters, answers {answer.min():.2g} to {answer.max():.2g}")


main()
