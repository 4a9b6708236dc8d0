"""Layers that join several inputs."""

import keras
from keras import layers as L

from .case import model

ELEMENTWISE = (L.Add, L.Subtract, L.Multiply, L.Average, L.Maximum, L.Minimum)


def sources(*shapes, dtype="float32"):
    return [keras.Input(shape, name=f"source_{index}", dtype=dtype) for index, shape in enumerate(shapes)]


@model
def elementwise():
    left, right = sources((3, 4), (3, 4))
    return keras.Model([left, right], [merge()([left, right]) for merge in ELEMENTWISE])


@model
def elementwise_of_three():
    inputs = sources((3, 4), (3, 1), (1, 4))
    return keras.Model(inputs, [merge()(inputs) for merge in ELEMENTWISE if merge is not L.Subtract])


@model
def elementwise_of_other_ranks():
    inputs = sources((3, 4), (4,), (2, 3, 4))
    pairs = [merge()(inputs[:2]) for merge in ELEMENTWISE]
    return keras.Model(inputs, pairs + [L.Add()(inputs), L.Maximum()(inputs)])


@model
def of_integers():
    left, right = sources((4,), (4,), dtype="int32")
    return keras.Model([left, right], [merge()([left, right]) for merge in (L.Add, L.Subtract, L.Multiply, L.Maximum)])


@model
def concatenate_of_unknown_length():
    left, right = sources((None, 4), (None, 4))
    joined = [L.Concatenate(axis=axis)([left, right]) for axis in (1, 2, -1)]
    return keras.Model([left, right], joined)


@model
def dot():
    left, right, flat, other = sources((3, 4), (5, 4), (4,), (4,))
    return keras.Model(
        [left, right, flat, other],
        [
            L.Dot(axes=2)([left, right]),
            L.Dot(axes=-1)([left, right]),
            L.Dot(axes=(2, 2), normalize=True)([left, right]),
            L.Dot(axes=1)([flat, other]),
            L.Dot(axes=-1, normalize=True)([flat, other]),
            L.Dot(axes=(2, 1))([left, flat]),
            L.Dot(axes=(1, 2))([flat, right]),
        ],
    )


@model
def dot_of_more_axes():
    left, right = sources((2, 3, 4), (5, 3, 6))
    third = keras.Input((3, 7), name="third")
    return keras.Model(
        [left, right, third],
        [L.Dot(axes=(2, 2))([left, right]), L.Dot(axes=(2, 1))([left, third]), L.Dot(axes=(1, 2))([third, right])],
    )
