"""The three sections of the digits network. Each but the last gives [prediction, features]."""

import keras
from keras import layers


def edge_section() -> keras.Model:
    """Tiny and fast. Its features, 7x7x8, are 1568 bytes, so that asking the fog is cheap."""
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(8, 5, strides=2, padding="same", activation="relu", name="edge_conv")(image)
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", name="edge_depthwise")(x)
    features = layers.Conv2D(8, 1, activation="relu", name="edge_features")(x)
    x = layers.Flatten(name="edge_flatten")(features)
    prediction = layers.Dense(10, activation="softmax", name="edge_exit")(x)
    return keras.Model(image, [prediction, features], name="edge")


def fog_section() -> keras.Model:
    """Two wider convolutions. Its features, 7x7x16, are 3136 bytes."""
    edge_features = keras.Input((7, 7, 8), name="edge_features")
    x = _convolution(edge_features, 32, "fog_conv")
    x = layers.SeparableConv2D(16, 3, padding="same", use_bias=False, name="fog_separable")(x)
    x = layers.BatchNormalization(name="fog_separable_norm")(x)
    features = layers.ReLU(name="fog_features")(x)
    x = layers.MaxPooling2D(2, name="fog_pool")(features)
    x = layers.Flatten(name="fog_flatten")(x)
    prediction = layers.Dense(10, activation="softmax", name="fog_exit")(x)
    return keras.Model(edge_features, [prediction, features], name="fog")


def cloud_section() -> keras.Model:
    """The largest: a residual block and a hidden dense layer. It answers whatever reaches it."""
    fog_features = keras.Input((7, 7, 16), name="fog_features")
    x = _convolution(fog_features, 40, "cloud_conv1")
    y = _convolution(x, 40, "cloud_conv2")
    x = layers.Add(name="cloud_add")([x, y])
    x = layers.MaxPooling2D(2, name="cloud_pool")(x)
    x = layers.Flatten(name="cloud_flatten")(x)
    x = layers.Dropout(0.4, name="cloud_dropout")(x)
    x = layers.Dense(48, activation="relu", name="cloud_dense")(x)
    prediction = layers.Dense(10, activation="softmax", name="cloud_exit")(x)
    return keras.Model(fog_features, prediction, name="cloud")


def whole(edge: keras.Model, fog: keras.Model, cloud: keras.Model) -> keras.Model:
    """The sections in a row, sharing their weights: image to the three predictions."""
    image = keras.Input((28, 28, 1), name="image")
    edge_exit, edge_features = edge(image)
    fog_exit, fog_features = fog(edge_features)
    return keras.Model(image, [edge_exit, fog_exit, cloud(fog_features)])


def _convolution(x, filters: int, name: str):
    # No bias: the normalisation has one.
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)
