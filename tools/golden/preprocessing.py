"""Layers that turn raw readings into what a network takes."""


import numpy as np
from keras import layers as L

from .case import MAJOR, fan, model


@model
def rescaling():
    # Keras 2 cannot save an array.
    lists = [L.Rescaling((1.0, 2.0, 3.0)), L.Rescaling(np.array([1.0, 2.0, 3.0]))] if MAJOR == 3 else []
    return fan((4, 3), [L.Rescaling(0.5, offset=1), L.Rescaling([1.0, 2.0, 3.0], offset=[0.5, 0.0, -1.0])] + lists)


@model
def normalization():
    readings = np.random.default_rng(5).standard_normal((20, 4, 3)) * 3 + 1
    adapted = [L.Normalization(), L.Normalization(axis=1), L.Normalization(axis=(1, 2)), L.Normalization(axis=None)]
    adapted += [L.Normalization(invert=True)]
    for layer in adapted:
        layer.adapt(readings)
    given = [
        L.Normalization(mean=1.5, variance=4.0),
        L.Normalization(mean=[1.0, 2.0, 3.0], variance=[0.5, 0.0, 4.0]),
        L.Normalization(axis=1, mean=[1.0, 2.0, 3.0, 4.0], variance=[0.5, 1.0, 4.0, 9.0]),
        L.Normalization(axis=(1, 2), mean=[1.0, 2.0, 3.0], variance=[0.5, 1.0, 4.0]),
        L.Normalization(axis=None, mean=1.0, variance=2.0, invert=True),
    ]
    return fan((4, 3), adapted + given)


@model
def normalization_of_bytes():
    return fan((4, 3), [L.Normalization(mean=127.0, variance=400.0)], dtype="uint8")


def around_the_bounds(random, tensors):
    return [random.choice([-3.0, -1.0, -0.5, 0.0, 0.7, 1.0, 4.0, 1e9, -1e9], (3, 4)).astype("float32")]


@model(inputs=around_the_bounds)
def discretization():
    bounds = [-1.0, 0.0, 0.7, 1.0]
    modes = ["int", "multi_hot", "count"] + (["one_hot"] if MAJOR == 3 else [])
    return fan((4,), [L.Discretization(bounds, output_mode=mode) for mode in modes])


@model(majors=(3,))
def discretization_as_found():
    layers = [L.Discretization(num_bins=4, epsilon=0.01) for _ in range(2)]
    for layer in layers:
        layer.adapt(np.random.default_rng(5).standard_normal(100))
    return fan((4,), layers)


def small_integers(random, tensors):
    return [random.integers(0, 5, (3, *tensor.shape[1:])).astype("int32") for tensor in tensors]


@model(inputs=small_integers)
def category_encoding():
    modes = ["multi_hot", "count"] + (["one_hot"] if MAJOR == 3 else [])
    return fan((4,), [L.CategoryEncoding(5, output_mode=mode) for mode in modes], dtype="int32")


@model(inputs=small_integers)
def category_encoding_of_one():
    return fan((1,), [L.CategoryEncoding(5, output_mode=mode) for mode in ("multi_hot", "count", "one_hot")], dtype="int32")


@model(inputs=small_integers, majors=(3,))
def category_encoding_of_more_axes():
    return fan((4, 3), [L.CategoryEncoding(5, output_mode=mode) for mode in ("multi_hot", "count", "one_hot")], dtype="int32")
