"""Layers that make images larger or smaller, as TensorFlow interpolates them."""

import keras
from keras import layers as L

from .case import MAJOR, fan, model

FIRST = {"data_format": "channels_first"}
INTERPOLATIONS = "nearest bilinear bicubic area lanczos3 lanczos5".split()
if MAJOR == 2:
    INTERPOLATIONS += ["gaussian", "mitchellcubic"]


@model
def up_sampling():
    sequence, volume = keras.Input((5, 2), name="sequence"), keras.Input((3, 2, 4, 2), name="volume")
    return keras.Model(
        [sequence, volume],
        [
            L.UpSampling1D()(sequence),
            L.UpSampling1D(3)(sequence),
            L.UpSampling3D()(volume),
            L.UpSampling3D((1, 3, 2))(volume),
            L.UpSampling3D((1, 3, 2), **FIRST)(volume),
        ],
    )


@model
def up_sampling_of_images():
    names = [name for name in INTERPOLATIONS if name not in ("nearest", "bilinear")]
    return fan(
        (5, 4, 3),
        [
            L.UpSampling2D(),
            L.UpSampling2D((3, 1)),
            L.UpSampling2D((2, 3), **FIRST),
            L.UpSampling2D(interpolation="bilinear"),
            L.UpSampling2D((3, 5), interpolation="bilinear"),
            L.UpSampling2D((3, 2), interpolation="bilinear", **FIRST),
            L.UpSampling2D((1, 2), interpolation="bicubic"),
            L.UpSampling2D((3, 5), interpolation="bicubic", **FIRST),
        ]
        + [L.UpSampling2D((2, 3), interpolation=name) for name in names],
    )


@model
def up_sampling_of_bytes():
    return fan(
        (5, 4, 3),
        [
            L.UpSampling2D(interpolation="bilinear"),
            # Bicubic interpolation overshoots: what is beyond a byte is cut off.
            L.UpSampling2D(interpolation="bicubic"),
        ],
        dtype="uint8",
    )


@model
def resizing():
    layers = [L.Resizing(*sizes, interpolation=name) for name in INTERPOLATIONS for sizes in ((5, 13), (14, 4))]
    return fan((10, 9, 2), layers + [L.Resizing(10, 9, interpolation="lanczos3")])


@model(majors=(2,))
def resizing_to_the_same_size():
    """What blurs does so where nothing changes its size, too; not in Keras 3, which lacks both."""
    names = ("gaussian", "mitchellcubic", "bicubic")
    return fan(
        (5, 4, 2),
        [layer(interpolation=name) for name in names for layer in (lambda **kw: L.UpSampling2D(1, **kw), lambda **kw: L.Resizing(5, 4, **kw))],
    )


@model
def resizing_at_ratio():
    return fan(
        (9, 7, 2),
        [L.Resizing(*sizes, crop_to_aspect_ratio=True) for sizes in ((4, 4), (6, 3), (3, 8), (12, 15))]
        + [L.Resizing(6, 5, interpolation="nearest", crop_to_aspect_ratio=True)],
    )


@model(majors=(3,))
def resizing_of_keras_3():
    return fan(
        (9, 7, 2),
        [L.Resizing(*sizes, pad_to_aspect_ratio=True, fill_value=0.5) for sizes in ((4, 4), (6, 3), (3, 8), (8, 4))]
        + [L.Resizing(4, 3, interpolation=name, antialias=True) for name in INTERPOLATIONS]
        + [L.Resizing(4, 12, interpolation=name, antialias=True) for name in ("bilinear", "bicubic")]
        + [
            L.Resizing(4, 3, **FIRST),
            L.Resizing(4, 3, crop_to_aspect_ratio=True, **FIRST),
            L.Resizing(4, 3, pad_to_aspect_ratio=True, interpolation="lanczos5", **FIRST),
        ],
    )


@model
def resizing_of_bytes():
    # Between these sizes bilinear weights are exact in binary: else a half might be rounded either way.
    return fan(
        (9, 7, 3),
        [L.Resizing(4, 14, interpolation=name) for name in ("nearest", "bilinear", "bicubic")]
        + [L.CenterCrop(4, 4), L.CenterCrop(8, 12)]
        + ([L.Resizing(4, 4, pad_to_aspect_ratio=True, fill_value=7)] if MAJOR == 3 else []),
        dtype="uint8",
    )


@model
def center_crop():
    first = [L.CenterCrop(3, 4, **FIRST), L.CenterCrop(9, 4, **FIRST)] if MAJOR == 3 else []
    return fan(
        (7, 6, 5),
        [L.CenterCrop(4, 3), L.CenterCrop(7, 6), L.CenterCrop(7, 2), L.CenterCrop(9, 4), L.CenterCrop(4, 9), L.CenterCrop(8, 8)]
        + first,
    )


@model
def resizing_in_between():
    """Permutations of axes may move across what resizes, if sizes move with them."""
    source = keras.Input((6, 5, 3), name="image")
    small = L.Resizing(4, 7)(source)
    hidden = L.Add()([L.Conv2D(3, 3, padding="same")(small), L.Conv2D(3, 1)(small)])
    resized = [
        L.Resizing(5, 3)(hidden),
        L.Resizing(5, 3, interpolation="nearest")(hidden),
        L.Resizing(5, 3, interpolation="bicubic")(hidden),
        L.UpSampling2D((1, 2), interpolation="bilinear")(hidden),
        L.UpSampling2D((1, 2))(hidden),
        L.CenterCrop(5, 3)(hidden),
        L.Cropping2D((1, 2))(hidden),
        L.ZeroPadding2D((1, 2))(hidden),
    ]
    return keras.Model(source, [L.Conv2D(2, 1)(each) for each in resized])
