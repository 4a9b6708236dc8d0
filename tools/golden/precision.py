"""Models that compute in half or double precision, whole or in part."""

import keras
from keras import layers as L

from .case import model


def small(policy):
    source = keras.Input((6, 6, 2), name="image")
    hidden = L.Conv2D(4, 3, activation="relu", dtype=policy)(source)
    hidden = L.BatchNormalization(dtype=policy)(hidden)
    features = L.MaxPooling2D(dtype=policy)(hidden)
    last = L.Dense(3, dtype=policy)(L.Flatten(dtype=policy)(features))
    answer = L.Activation("softmax", dtype="float32")(last)
    return keras.Model(source, [answer, features, last])


@model(tolerance=1e-2)
def mixed_half():
    return small("mixed_float16")


@model(tolerance=1e-2)
def half():
    return small("float16")


@model
def double():
    return small("float64")


@model
def double_input():
    source = keras.Input((5,), name="readings", dtype="float64")
    return keras.Model(source, L.Dense(2, dtype="float64")(L.Dense(4)(source)))


@model(tolerance=1e-2)
def half_input():
    source = keras.Input((5,), name="readings", dtype="float16")
    return keras.Model(source, L.Dense(2, dtype="mixed_float16")(source))


def sequences(policy):
    source = keras.Input((5, 4), name="readings")
    hidden = L.LayerNormalization(dtype=policy)(L.Dense(6, dtype=policy)(source))
    attended = L.MultiHeadAttention(2, 3, dtype=policy)(hidden, hidden)
    joined = L.Add(dtype=policy)([hidden, attended])
    scored = L.Attention(dtype=policy)([joined, hidden])
    wide = L.Concatenate(dtype=policy)([scored, L.UnitNormalization(dtype=policy)(joined)])
    return keras.Model(source, [joined, scored, L.GroupNormalization(2, dtype=policy)(wide), L.Multiply(dtype=policy)([joined, scored])])


@model(tolerance=1e-2)
def sequences_in_mixed_half():
    return sequences("mixed_float16")


@model
def sequences_in_double():
    return sequences("float64")
