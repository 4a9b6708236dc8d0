"""Layers that slide over spatial axes, or reduce them: of sequences, images and volumes."""

import keras
from keras import layers as L
from keras.src.applications.convnext import LayerScale

from .case import MAJOR, fan, model

FIRST = {"data_format": "channels_first"}

@model
def convolution_1d():
    return fan(
        (9, 4),
        [
            L.Conv1D(3, 3),
            L.Conv1D(3, 4, padding="same", strides=2, activation="relu"),
            L.Conv1D(3, 2, padding="same", dilation_rate=3, use_bias=False),
            L.Conv1D(3, 3, padding="causal", activation="tanh"),
            L.Conv1D(2, 2, padding="causal", dilation_rate=4),
            L.Conv1D(2, 3, padding="causal", strides=2),
            L.Conv1D(4, 3, groups=2, padding="same", activation="softmax"),
            L.Convolution1D(2, 1),
        ],
    )


@model
def convolution_3d():
    return fan(
        (5, 6, 4, 2),
        [
            L.Conv3D(3, 3),
            L.Conv3D(2, (2, 3, 1), strides=(2, 1, 2), padding="same", activation="elu"),
            L.Conv3D(2, 2, dilation_rate=2, padding="same", use_bias=False),
            L.Conv3D(2, 2, dilation_rate=(1, 2, 1)),
            L.Conv3D(4, 2, groups=2),
        ],
    )


@model
def convolution_first():
    # No size is that of the filters: Keras 3 would take it for the channels, and add the bias along it.
    return fan(
        (4, 7, 9),
        [
            L.Conv2D(3, 3, padding="same", strides=2, activation="relu", **FIRST),
            L.Conv2D(2, (3, 2), **FIRST),
            L.Conv2D(3, 3, padding="same", activation="softmax", **FIRST),
            L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, **FIRST),
            L.SeparableConv2D(3, 3, **FIRST),
            L.Conv2DTranspose(3, 3, strides=2, padding="same", **FIRST),
        ],
    )


@model
def convolution_first_1d_3d():
    sequence, volume = keras.Input((3, 8), name="sequence"), keras.Input((2, 5, 4, 6), name="volume")
    return keras.Model(
        [sequence, volume],
        [
            L.Conv1D(2, 3, padding="causal", **FIRST)(sequence),
            L.Conv1D(2, 3, padding="same", strides=2, **FIRST)(sequence),
            L.DepthwiseConv1D(3, **FIRST)(sequence),
            L.SeparableConv1D(4, 3, **FIRST)(sequence),
            L.Conv1DTranspose(2, 3, strides=2, **FIRST)(sequence),
            L.Conv3D(2, 3, **FIRST)(volume),
            L.Conv3DTranspose(2, 2, strides=2, **FIRST)(volume),
        ],
    )


@model
def depthwise_1d():
    causal = [L.SeparableConv1D(2, 3, padding="causal", dilation_rate=2)] if MAJOR == 2 else []
    return fan(
        (8, 3),
        [
            L.DepthwiseConv1D(3),
            L.DepthwiseConv1D(4, strides=2, padding="same", depth_multiplier=2, activation="relu"),
            L.DepthwiseConv1D(3, dilation_rate=2, padding="same", use_bias=False),
            L.SeparableConv1D(4, 3),
            L.SeparableConv1D(2, 2, strides=2, padding="same", depth_multiplier=2, activation="tanh"),
            L.SeparableConv1D(2, 3, dilation_rate=2, use_bias=False),
        ]
        + causal,
    )


@model(majors=(3,))
def depthwise_strided_and_dilated():
    return fan(
        (8, 9, 3),
        [
            L.DepthwiseConv2D(3, strides=2, dilation_rate=2, padding="same"),
            L.DepthwiseConv2D(2, strides=(2, 2), dilation_rate=(3, 1)),
            L.SeparableConv2D(2, 3, strides=2, dilation_rate=2, padding="same"),
        ],
    )


@model
def transposed_1d():
    return fan(
        (5, 3),
        [
            L.Conv1DTranspose(2, 3),
            L.Conv1DTranspose(2, 3, padding="same", activation="relu"),
            L.Conv1DTranspose(2, 3, strides=2),
            L.Conv1DTranspose(2, 3, strides=2, padding="same", use_bias=False),
            L.Conv1DTranspose(2, 4, strides=3, padding="same"),
            L.Conv1DTranspose(2, 2, strides=4),
            L.Conv1DTranspose(2, 2, strides=4, padding="same"),
            L.Conv1DTranspose(2, 3, strides=3, output_padding=1),
            L.Conv1DTranspose(2, 3, strides=3, padding="same", output_padding=1),
            L.Conv1DTranspose(2, 4, strides=2, padding="same", output_padding=1),
        ]
        # Keras 2 cannot compute dilated ones of one dimension on a CPU in every case.
        + ([L.Conv1DTranspose(2, 3, dilation_rate=2)]),
    )


@model
def transposed_2d():
    return fan(
        (4, 5, 3),
        [
            L.Conv2DTranspose(2, 3),
            L.Conv2DTranspose(2, 2, strides=2, padding="same", activation="relu"),
            L.Conv2DTranspose(2, (3, 4), strides=(2, 3), padding="same"),
            L.Conv2DTranspose(2, (2, 5), strides=(3, 2), padding="valid", use_bias=False),
            L.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1),
            L.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=0),
            L.Conv2DTranspose(2, 3, strides=(3, 2), padding="valid", output_padding=(2, 1)),
            L.Conv2DTranspose(2, 1, strides=3, padding="same"),
            L.Conv2DTranspose(2, 3, dilation_rate=2),
            L.Conv2DTranspose(2, 3, dilation_rate=2, padding="same"),
            L.Convolution2DTranspose(2, 2, dilation_rate=2, padding="same"),
        ],
    )


@model
def transposed_3d():
    return fan(
        (3, 4, 2, 2),
        [
            L.Conv3DTranspose(2, 2),
            L.Conv3DTranspose(2, 3, strides=2, padding="same", activation="relu"),
            L.Conv3DTranspose(2, (1, 2, 3), strides=(2, 1, 2), use_bias=False),
            L.Conv3DTranspose(2, 3, strides=2, padding="same", output_padding=1),
            L.Conv3DTranspose(2, 2, dilation_rate=2),
        ],
    )


@model
def pooling_1d():
    return fan(
        (7, 3),
        [
            L.MaxPool1D(),
            L.MaxPooling1D(3, padding="same"),
            L.MaxPooling1D(2, strides=1, padding="same"),
            L.MaxPooling1D(3, strides=2),
            L.AvgPool1D(2),
            L.AveragePooling1D(3, padding="same"),
            L.AveragePooling1D(4, strides=1, padding="same"),
            L.GlobalMaxPool1D(),
            L.GlobalMaxPooling1D(keepdims=True),
            L.GlobalAvgPool1D(),
            L.GlobalAveragePooling1D(keepdims=True),
        ],
    )


@model
def pooling_by_long_strides():
    """Strides longer than the window: padding that would be less than nothing is none."""
    pools = (L.MaxPooling2D, L.AveragePooling2D)
    return fan(
        (7, 8, 3),
        [cls(1, strides=2, padding="same") for cls in pools]
        + [cls(2, strides=3, padding="same") for cls in pools]
        + [cls((1, 3), strides=2, padding="same") for cls in pools]
        + [cls((2, 3), strides=(3, 1), padding="same") for cls in pools],
    )


@model
def pooling_by_long_strides_of_open_sizes():
    pools = (L.MaxPooling2D, L.AveragePooling2D)
    return fan(
        (None, None, 2),
        [cls(1, strides=2, padding="same") for cls in pools] + [cls((1, 3), strides=2, padding="same") for cls in pools],
    )


@model
def pooling_3d():
    return fan(
        (5, 4, 6, 2),
        [
            L.MaxPooling3D(2),
            L.MaxPooling3D((3, 2, 2), strides=(1, 2, 2), padding="same"),
            L.AveragePooling3D(2),
            L.AveragePooling3D((2, 3, 2), strides=(2, 1, 1), padding="same"),
            L.GlobalMaxPooling3D(),
            L.GlobalAveragePooling3D(),
            L.GlobalAveragePooling3D(keepdims=True),
        ],
    )


@model
def pooling_first():
    return fan(
        (3, 7, 6),
        [
            L.MaxPool2D(3, padding="same", **FIRST),
            L.AvgPool2D((2, 3), strides=1, padding="same", **FIRST),
            L.GlobalAvgPool2D(**FIRST),
            L.GlobalMaxPool2D(keepdims=True, **FIRST),
        ],
    )


@model
def pooling_first_1d_3d():
    sequence, volume = keras.Input((3, 8), name="sequence"), keras.Input((2, 5, 4, 6), name="volume")
    return keras.Model(
        [sequence, volume],
        [
            L.MaxPooling1D(**FIRST)(sequence),
            L.AveragePooling1D(2, strides=1, **FIRST)(sequence),
            L.GlobalAveragePooling1D(**FIRST)(sequence),
            L.GlobalMaxPooling1D(keepdims=True, **FIRST)(sequence),
            L.AveragePooling3D(2, **FIRST)(volume),
            L.GlobalAveragePooling3D(keepdims=True, **FIRST)(volume),
        ],
    )


@model
def pooling_of_steps_that_count():
    sequence, mask = keras.Input((8, 3), name="sequence"), keras.Input((8,), dtype="bool", name="mask")
    turned = L.Permute((2, 1))(sequence)
    return keras.Model(
        [sequence, mask],
        [
            L.GlobalAveragePooling1D()(sequence, mask=mask),
            L.GlobalAveragePooling1D(keepdims=True)(sequence, mask=mask),
            L.GlobalAveragePooling1D(**FIRST)(turned, mask=mask),
            L.GlobalAveragePooling1D(keepdims=True, **FIRST)(turned, mask=mask),
        ],
    )


@model
def pooling_of_bytes():
    return fan(
        (7, 6, 3),
        [L.MaxPooling2D(), L.GlobalMaxPooling2D(), L.ZeroPadding2D(), L.Cropping2D(), L.UpSampling2D()]
        + ([L.GlobalAveragePooling2D()] if MAJOR == 3 else []),
        dtype="uint8",
    )


@model
def shifting_of_integers():
    return fan((6, 3), [L.ZeroPadding1D(2), L.Cropping1D((1, 2)), L.UpSampling1D(3)], dtype="int64")


@model(majors=(3,))
def adaptive_pooling():
    sequence, image = keras.Input((7, 2), name="sequence"), keras.Input((8, 5, 3), name="image")
    return keras.Model(
        [sequence, image],
        [
            L.AdaptiveAveragePooling1D(3)(sequence),
            L.AdaptiveMaxPooling1D(5)(sequence),
            L.AdaptiveAveragePooling1D(9)(sequence),
            L.AdaptiveAveragePooling2D((3, 2))(image),
            L.AdaptiveAveragePooling2D((4, 4))(image),
            L.AdaptiveMaxPooling2D((3, 4))(image),
            L.AdaptiveMaxPooling2D((5, 2), **FIRST)(image),
        ],
    )


@model(majors=(3,))
def adaptive_pooling_3d():
    return fan((5, 4, 6, 2), [L.AdaptiveAveragePooling3D((3, 2, 4)), L.AdaptiveMaxPooling3D(2)])


@model
def margins():
    sequence, volume = keras.Input((6, 2), name="sequence"), keras.Input((4, 5, 6, 2), name="volume")
    return keras.Model(
        [sequence, volume],
        [
            L.ZeroPadding1D()(sequence),
            L.ZeroPadding1D(3)(sequence),
            L.ZeroPadding1D((0, 2))(sequence),
            L.Cropping1D()(sequence),
            L.Cropping1D(2)(sequence),
            L.Cropping1D((3, 0))(sequence),
            L.ZeroPadding3D()(volume),
            L.ZeroPadding3D((1, 0, 2))(volume),
            L.ZeroPadding3D(((0, 1), (2, 0), (0, 0)))(volume),
            L.Cropping3D()(volume),
            L.Cropping3D((1, 0, 2))(volume),
            L.Cropping3D(((0, 1), (2, 0), (0, 0)))(volume),
        ],
    )


@model
def margins_of_images():
    return fan(
        (7, 6, 3),
        [
            L.Cropping2D(),
            L.Cropping2D(2),
            L.Cropping2D((1, 2)),
            L.Cropping2D(((1, 0), (2, 3))),
            L.Cropping2D(((1, 0), (0, 1)), **FIRST),
            L.ZeroPadding2D(((1, 0), (0, 2)), **FIRST),
        ],
    )


@model
def unknown_sizes():
    source = keras.Input((None, None, 3), name="image")
    hidden = L.Conv2D(4, 3, padding="same", activation="relu")(source)
    branches = [
        L.MaxPooling2D(2, padding="same"),
        L.AveragePooling2D(3, strides=1, padding="same"),
        L.Conv2D(2, 3, dilation_rate=2, padding="same"),
        L.Conv2D(2, 2),
        L.SeparableConv2D(2, 3, strides=2, padding="same"),
        L.Conv2DTranspose(2, 3, strides=2, padding="same"),
        L.ZeroPadding2D((1, 2)),
        L.Cropping2D((1, 0)),
        L.UpSampling2D((3, 1)),
        L.UpSampling2D((3, 2), interpolation="bilinear"),
        L.Resizing(5, 4),
        L.Resizing(5, 4, interpolation="nearest"),
        L.GlobalAveragePooling2D(),
        L.GlobalMaxPooling2D(keepdims=True),
    ]
    return keras.Model(source, [branch(hidden) for branch in branches] + [L.ZeroPadding2D()(source)])


@model
def unknown_length():
    source = keras.Input((None, 3), name="sequence")
    hidden = L.Conv1D(4, 3, padding="causal", strides=2)(source)
    return keras.Model(
        source,
        [
            hidden,
            L.Conv1D(2, 4, padding="same")(hidden),
            L.MaxPooling1D(2, padding="same")(source),
            L.GlobalAveragePooling1D()(hidden),
            L.UpSampling1D(2)(hidden),
        ],
    )


@model(majors=(2,))
def locally_connected():
    sequence, image = keras.Input((6, 3), name="sequence"), keras.Input((5, 6, 2), name="image")
    return keras.Model(
        [sequence, image],
        [
            L.LocallyConnected1D(2, 3)(sequence),
            L.LocallyConnected1D(3, 2, strides=2, activation="relu", use_bias=False)(sequence),
            L.LocallyConnected2D(2, 3)(image),
            L.LocallyConnected2D(3, (2, 3), strides=(2, 1), activation="tanh")(image),
            L.LocallyConnected2D(2, 2, **FIRST)(image),
        ],
    )


@model
def padded_before():
    """Zeros around are not nothing around: a largest value sees them, if it would be negative."""
    fixed, free = keras.Input((6, 7, 2), name="fixed"), keras.Input((None, None, 2), name="free")
    layers = [
        (L.MaxPooling2D, {"pool_size": 2}),
        (L.MaxPooling2D, {"pool_size": 3, "strides": 2}),
        (L.MaxPooling2D, {"pool_size": 3, "strides": 2, "padding": "same"}),
        (L.MaxPooling2D, {"pool_size": 3, "strides": 1, "padding": "same"}),
        (L.MaxPooling2D, {"pool_size": (1, 2), "strides": 3, "padding": "same"}),
        (L.AveragePooling2D, {"pool_size": 3, "strides": 2}),
        (L.AveragePooling2D, {"pool_size": 3, "strides": 2, "padding": "same"}),
        (L.AveragePooling2D, {"pool_size": (1, 2), "strides": 3, "padding": "same"}),
        (L.Conv2D, {"filters": 2, "kernel_size": 3, "strides": 2}),
        (L.Conv2D, {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}),
        (L.Conv2D, {"filters": 2, "kernel_size": (1, 2), "strides": 3, "padding": "same"}),
        (L.Conv2DTranspose, {"filters": 2, "kernel_size": 3, "padding": "same"}),
    ]
    outputs = []
    for source in (fixed, free):
        # Half of it is negative, and nothing is between a convolution, the zeros and what comes after.
        hidden = L.Conv2D(3, 2)(source)
        padded = L.ZeroPadding2D(1)(hidden)
        outputs += [make(**settings)(padded) for make, settings in layers]
        outputs += [make(**settings)(L.ZeroPadding2D(1)(hidden)) for make, settings in layers[:8]]
    return keras.Model([fixed, free], outputs)


@model
def encoder_and_decoder():
    """Layers one after the other, between which the order of axes need not change."""
    source = keras.Input((12, 10, 2), name="image")
    hidden = L.Conv2D(4, 3, activation="relu")(L.ZeroPadding2D()(source))
    skipped = L.ZeroPadding2D(((0, 1), (0, 1)))(hidden)
    hidden = L.DepthwiseConv2D(3, strides=2)(skipped)
    hidden = L.MaxPooling2D(2, padding="same")(L.ReLU(max_value=6)(hidden))
    hidden = L.UpSampling2D(2)(hidden)
    hidden = L.Conv2DTranspose(4, 3, strides=2, padding="same", activation="relu")(hidden)
    hidden = L.UpSampling2D(2, interpolation="bilinear")(L.Cropping2D((0, 1))(hidden))
    hidden = L.Resizing(12, 10)(hidden)
    return keras.Model(source, [L.Conv2D(1, 1)(hidden), L.GlobalAveragePooling2D()(hidden), L.GlobalMaxPooling2D(keepdims=True)(hidden)])


@model
def block_of_convnext():
    """As keras.applications.ConvNeXt has it, with a layer of its own module."""
    source = keras.Input((6, 5, 4), name="image")
    hidden = L.Conv2D(4, 7, padding="same", groups=4)(source)
    hidden = L.Dense(8, activation="gelu")(L.LayerNormalization(epsilon=1e-6)(hidden))
    scaled = LayerScale(1e-6, 4)(L.Dense(4)(hidden))
    return keras.Model(source, L.Add()([source, L.Activation("linear")(scaled)]))
