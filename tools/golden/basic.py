"""What most models are made of: dense and convolutional layers, pooling, normalisation, activations."""

import keras
from keras import layers as L

from .case import MAJOR, fan, model

ACTIVATIONS_2 = "relu elu selu softplus softsign swish gelu tanh sigmoid exponential hard_sigmoid linear mish softmax".split()
ACTIVATIONS_3 = ACTIVATIONS_2 + (
    "leaky_relu relu6 celu silu hard_silu hard_swish log_sigmoid tanh_shrink hard_tanh hard_shrink "
    "soft_shrink squareplus sparse_plus sparse_sigmoid log_softmax glu sparsemax"
).split()


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


@model(archive_in_keras2=True)
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


@model(archive_in_keras2=True)
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


@model(archive_in_keras2=True)
def early_exit():
    """A small tier as users write it: both an exit and features."""
    source = keras.Input((9, 9, 1), name="image")
    hidden = L.ZeroPadding2D()(source)
    hidden = L.BatchNormalization()(L.Conv2D(4, 3, use_bias=False)(hidden))
    features = L.MaxPooling2D(name="features")(L.Activation("relu")(hidden))
    answer = L.Dense(10, activation="softmax", name="exit")(L.Dropout(0.2)(L.Flatten()(features)))
    return keras.Model(source, [answer, features])
