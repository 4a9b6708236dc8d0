"""Layers that normalise each sample by itself, or a layer's weights."""

from keras import layers as L

from .case import MAJOR, fan, model


@model
def layer_normalization():
    return fan(
        (5, 6),
        [
            L.LayerNormalization(),
            L.LayerNormalization(epsilon=0.1),
            L.LayerNormalization(center=False),
            L.LayerNormalization(scale=False),
            L.LayerNormalization(center=False, scale=False),
            L.LayerNormalization(axis=1),
            L.LayerNormalization(axis=[1, 2]),
        ],
    )


@model
def layer_normalization_of_images():
    return fan(
        (2, 3, 4),
        [
            L.LayerNormalization(axis=[2, 3]),
            L.LayerNormalization(axis=[1, 3]),
            L.LayerNormalization(axis=[3, 1]),
            L.LayerNormalization(axis=(1, 2), scale=False),
            L.LayerNormalization(axis=(-3, -1)),
        ],
    )


@model(majors=(3,))
def rms():
    return fan(
        (5, 6),
        [
            L.RMSNormalization(),
            L.RMSNormalization(epsilon=0.1),
            L.RMSNormalization(axis=[1, 2]),
            L.LayerNormalization(rms_scaling=True),
            L.LayerNormalization(axis=[1], rms_scaling=True, scale=False),
        ],
    )


@model
def layer_normalization_of_unknown_length():
    return fan((None, 6), [L.LayerNormalization(), L.UnitNormalization(), L.GroupNormalization(2)])


@model
def group_normalization():
    return fan(
        (3, 4, 6),
        [
            L.GroupNormalization(2),
            L.GroupNormalization(-1),
            L.GroupNormalization(1, epsilon=0.1),
            L.GroupNormalization(3, center=False),
            L.GroupNormalization(3, scale=False),
            L.GroupNormalization(1, axis=1),
            L.GroupNormalization(2, axis=2, center=False, scale=False),
            L.GroupNormalization(2, axis=-2),
        ],
    )


@model
def group_normalization_of_vectors():
    return fan((8,), [L.GroupNormalization(4), L.GroupNormalization(1)])


def nearly_zero(random, tensors):
    """Lengths around the smallest that Keras divides by."""
    array = random.standard_normal((3, 4, 6)) * 10.0 ** random.integers(-9, 1, (3, 4, 1))
    array[0, 0] = 0
    return [array.astype("float32")]


@model(inputs=nearly_zero)
def unit_normalization():
    # Keras 3 reads the list from its own `.h5` as -1; the file says what it was.
    return fan((4, 6), [L.UnitNormalization(), L.UnitNormalization(axis=1), L.UnitNormalization(axis=[1, 2])])


@model
def batch_normalization():
    layers = [L.BatchNormalization(axis=1), L.BatchNormalization(axis=[-1] if MAJOR == 2 else -1)]
    if MAJOR == 2:
        layers.append(L.experimental.SyncBatchNormalization())
    return fan((4, 3), layers)


@model(archive_in_keras2=True)
def spectral_normalization():
    return fan(
        (5, 6, 2),
        [L.SpectralNormalization(L.Conv2D(3, 2, activation="relu")), L.SpectralNormalization(L.Dense(4), power_iterations=2)],
    )
