"""Activations as layers, and as names and layers within other layers."""

import keras
from keras import layers as L

from .case import MAJOR, fan, model

SLOPE = {"negative_slope": 0.07} if MAJOR == 3 else {"alpha": 0.07}


@model
def layers():
    more = [] if MAJOR == 3 else [L.ThresholdedReLU(), L.ThresholdedReLU(theta=0.3)]
    return fan(
        (4, 6),
        [
            L.PReLU(shared_axes=[1, 2]),
            L.PReLU(shared_axes=[2]),
            L.ELU(),
            L.LeakyReLU(),
            L.ReLU(max_value=6.0),
            L.Softmax(axis=-2),
            L.Softmax(axis=[1, 2]),
            L.Softmax(axis=(-1, -2)),
            *more,
        ],
    )


@model
def images():
    return fan((3, 4, 2), [L.PReLU(), L.PReLU(shared_axes=[1, 2]), L.Softmax(axis=1), L.Softmax(axis=[1, 3]), L.Softmax(axis=(1, 2, 3))])


@model
def layers_within_layers():
    more = [] if MAJOR == 3 else [L.ThresholdedReLU(theta=0.3)]
    within = [L.Softmax(axis=1), L.Softmax(axis=[1, 2]), L.ELU(alpha=0.5), L.LeakyReLU(**SLOPE), L.ReLU(max_value=1.0), *more]
    dense = [L.Dense(3, activation=each) for each in within]
    return fan((4, 6), [*dense, L.Activation(L.ReLU(threshold=0.2)), L.EinsumDense("abc,cd->abd", output_shape=(None, 3), activation=L.ELU())])


@model
def names_within_layers():
    names = "elu exponential gelu hard_sigmoid mish selu softplus softsign swish tanh leaky_relu".split()
    return fan((5,), [L.Dense(2, activation=name) for name in names])


@model(majors=(3,))
def functions_within_layers():
    functions = [keras.activations.gelu, keras.activations.silu, keras.activations.sparsemax, keras.activations.log_softmax]
    return fan((5,), [L.Dense(4, activation=function) for function in functions])
