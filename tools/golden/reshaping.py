"""Layers that move or repeat numbers, products along chosen axes, and layers that only act in training."""

import keras
from keras import layers as L

from .case import MAJOR, fan, model


@model
def reshaping():
    return fan(
        (3, 4, 2),
        [
            L.Permute((2, 1, 3)),
            L.Permute((3, 1, 2)),
            L.Flatten(data_format="channels_first"),
            L.Flatten(),
            L.Reshape((4, -1)),
            L.Reshape((-1,)),
            L.Reshape((2, 2, 6)),
        ],
    )


@model
def repeat_vector():
    source = keras.Input((4,), name="source")
    return keras.Model(source, [L.RepeatVector(3)(source), L.RepeatVector(1)(source)])


@model
def of_unknown_length():
    return fan((None, 4), [L.Permute((2, 1)), L.Reshape((-1, 2)), L.Flatten(), L.Dense(3), L.Reshape((-1, 2, 2))])


@model
def of_integers():
    return fan((2, 3), [L.Permute((2, 1)), L.Reshape((3, 2)), L.Flatten(), L.Dropout(0.1)], dtype="int32")


@model
def dense_along_the_last_axis():
    return fan((2, 3, 4), [L.Dense(5), L.Dense(2, use_bias=False, activation="relu")])


@model
def einsum_dense():
    return fan(
        (3, 4),
        [
            L.EinsumDense("abc,cd->abd", output_shape=(None, 5)),
            L.EinsumDense("abc,cd->abd", output_shape=(3, 5), bias_axes="d", activation="relu"),
            L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 5), bias_axes="de"),
            L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 5), bias_axes="e"),
            L.EinsumDense("abc,cde->abde", output_shape=(None, 2, 5), bias_axes="d"),
            L.EinsumDense("...x,xy->...y", output_shape=5, bias_axes="y"),
            L.EinsumDense("ab...,bc->ac...", output_shape=(6,), bias_axes="c"),
            L.EinsumDense("abc,bd->adc", output_shape=(6, 4), bias_axes="dc"),
            L.EinsumDense("abc,bcd->ad", output_shape=(5,), bias_axes="d"),
            L.EinsumDense("abc,bcd->abd", output_shape=(3, 5)),
        ],
    )


@model
def einsum_dense_of_unknown_length():
    return fan((None, 4), [L.EinsumDense("abc,cde->abed", output_shape=(None, 5, 2), bias_axes="ed")])


@model
def only_in_training():
    layers = [
        L.ActivityRegularization(l1=0.1, l2=0.2),
        L.GaussianNoise(0.3),
        L.GaussianDropout(0.3),
        L.AlphaDropout(0.3),
        L.SpatialDropout1D(0.3),
        L.Dropout(0.3, noise_shape=(None, 1, 4)),
        L.Identity(),
    ]
    return fan((3, 4), layers)


@model
def only_in_training_of_images():
    return fan((3, 4, 5), [L.SpatialDropout2D(0.3), L.SpatialDropout2D(0.3, data_format="channels_first")])


@model
def only_in_training_of_volumes():
    return fan((2, 3, 4, 5), [L.SpatialDropout3D(0.3)])


AUGMENTATIONS = [
    lambda: L.RandomFlip("horizontal"),
    lambda: L.RandomRotation(0.1, fill_mode="nearest"),
    lambda: L.RandomZoom(0.2, (0.1, 0.3)),
    lambda: L.RandomContrast(0.2),
    lambda: L.RandomTranslation(0.1, 0.2),
]
if MAJOR == 2:
    AUGMENTATIONS += [lambda: L.RandomBrightness(0.2), lambda: L.RandomHeight(0.2), lambda: L.RandomWidth(0.2)]
else:
    AUGMENTATIONS += [
        lambda: L.AugMix(),
        lambda: L.CutMix(),
        lambda: L.MixUp(),
        lambda: L.RandAugment(),
        lambda: L.RandomColorJitter(brightness_factor=0.1),
        lambda: L.RandomElasticTransform(),
        lambda: L.RandomErasing(),
        lambda: L.RandomGaussianBlur(),
        lambda: L.RandomGrayscale(),
        lambda: L.RandomHue(0.2),
        lambda: L.RandomInvert(),
        lambda: L.RandomPerspective(),
        lambda: L.RandomShear(0.1, 0.1),
    ]


@model
def augmentations():
    return fan((6, 7, 3), [augment() for augment in AUGMENTATIONS])


@model
def augmentations_of_bytes():
    return fan((6, 7, 3), [augment() for augment in AUGMENTATIONS], dtype="uint8")


# Keras 3 cannot save these as `.h5`: they hold a module.
@model(majors=(3,), formats=("keras",))
def augmentations_of_colours():
    layers = [
        L.RandomBrightness(0.2),
        L.RandomColorDegeneration(0.2),
        L.RandomPosterization(4),
        L.RandomSaturation(0.2),
        L.RandomSharpness(0.2),
        L.Solarization(),
    ]
    return fan((6, 7, 3), layers)


# Keras 3 thinks that the crop has its sizes, but leaves images as they are.
@model
def random_crop():
    return fan((6, 8, 3), [L.RandomCrop(4, 4), L.RandomCrop(3, 8), L.RandomCrop(6, 8), L.RandomCrop(9, 7)])


@model
def random_crop_of_bytes():
    return fan((6, 8, 3), [L.RandomCrop(4, 4)], dtype="uint8")
