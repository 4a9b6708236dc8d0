"""Layers that join several inputs."""

import keras
from keras import layers as L

from .case import MAJOR, model

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
def of_bytes():
    """Bytes stay bytes, and wrap around."""
    left, right = sources((4,), (4,), dtype="uint8")
    return keras.Model([left, right], [merge()([left, right]) for merge in (*ELEMENTWISE, L.Concatenate)])


@model
def nested_in_another_datatype():
    """A nested model has its inputs brought into the datatype that it declares, whatever it is called on."""
    left, right = sources((4,), (4,), dtype="uint8")
    inner = [keras.Input((4,), name=f"inner_{index}") for index in range(2)]
    nested = keras.Model(inner, [merge()(inner) for merge in (L.Add, L.Subtract, L.Multiply)])
    return keras.Model([left, right], nested([left, right]))


@model(majors=(3,))
def of_several_datatypes():
    """Keras 2 does not merge these."""
    left, right = sources((4,), (4,), dtype="uint8")
    other = keras.Input((4,), name="other", dtype="int32")
    pairs = ([left, other], [other, keras.ops.cast(right, "int8")], [left, keras.ops.cast(right, "float32")])
    return keras.Model([left, right, other], [merge()(pair) for merge in (L.Add, L.Subtract, L.Multiply, L.Maximum) for pair in pairs])


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


def with_gaps(random, tensors):
    """Steps that do not count are zero; the first sample has none that counts, the last has all."""
    arrays = []
    for tensor in tensors:
        array = random.standard_normal((3, *tensor.shape[1:])).astype("float32")
        counts = random.integers(0, 2, array.shape[:2]) > 0
        counts[0], counts[2] = False, True
        arrays.append(array * counts[:, :, None])
    return arrays


@model(inputs=with_gaps)
def masked():
    """Values of masked steps, and which steps count: an LSTM sees only those."""
    left, right, third = sources((5, 3), (5, 3), (5, 3))
    masked = [L.Masking()(left), L.Masking()(right)]
    outputs = []
    for merge in ELEMENTWISE:
        for inputs in (masked, [masked[0], third], [third, masked[1]]):
            merged = merge()(inputs)
            outputs += [merged, L.LSTM(2)(merged)]
    return keras.Model([left, right, third], outputs)


@model(inputs=with_gaps)
def masked_of_three():
    inputs = sources((5, 3), (5, 3), (5, 3))
    masked = [L.Masking()(each) for each in inputs]
    merges = [merge()(each) for merge in (L.Multiply, L.Maximum, L.Minimum) for each in (masked, [*masked[:2], inputs[2]])]
    return keras.Model(inputs, [*merges, *(L.LSTM(2)(each) for each in merges)])


@model(inputs=with_gaps)
def masked_of_other_ranks():
    left, right = sources((5, 3), (5, 3))
    masked = L.Masking()(left)
    flat = L.GlobalMaxPooling1D()(right)
    merges = [merge()([masked, flat]) for merge in ELEMENTWISE]
    return keras.Model([left, right], [*merges, L.Dot(axes=2)([masked, L.Masking()(right)])])


@model(inputs=with_gaps)
def masked_concatenation():
    left, right, third = sources((5, 3), (5, 2), (4, 3))
    masked = L.Masking()(left)
    wide = L.Concatenate()([masked, L.Masking()(right)])
    half = L.Concatenate()([masked, right])
    long = L.Concatenate(axis=1)([masked, L.Masking()(third)])
    joined = [wide, half, long]
    if MAJOR == 3:
        # Keras 2 itself fails: it joins a mask of [5, 1] with one of [4, 3].
        joined += [L.Concatenate(axis=1)([masked, third]), L.Concatenate(axis=1)([third, masked])]
    return keras.Model([left, right, third], joined + [L.LSTM(2)(each) for each in joined])


@model(inputs=with_gaps)
def masks_passed_on():
    """Through layers that hand a mask on; others end it."""
    source, = sources((5, 4))
    masked = L.Masking()(source)
    layers = [
        L.LayerNormalization(),
        L.BatchNormalization(),
        L.UnitNormalization(),
        L.Dense(4),
        L.Activation("tanh"),
        L.LeakyReLU(),
        L.ELU(),
        L.ReLU(),
        L.PReLU(),
        L.Dropout(0.1),
        L.GaussianNoise(0.1),
        L.GaussianDropout(0.1),
        L.AlphaDropout(0.1),
        L.SpatialDropout1D(0.1),
        L.ActivityRegularization(0.1),
    ]
    if MAJOR == 3:
        layers += [L.Identity(), L.GroupNormalization(2), L.Rescaling(2.0), L.Normalization(mean=1.0, variance=2.0), L.RMSNormalization(), L.Reshape((5, 4))]
        layers += [L.EinsumDense("abc,cd->abd", output_shape=(None, 3))]
    return keras.Model(source, [L.LSTM(2)(layer(masked)) for layer in layers])


@model
def of_convolutions():
    """Values that are kept with their channels first until something asks for another order."""
    source, = sources((5, 6, 3))
    left, right = L.Conv2D(4, 3, padding="same")(source), L.Conv2D(4, 2, padding="same", activation="relu")(source)
    merges = [merge()([left, right]) for merge in ELEMENTWISE]
    gate = L.Conv2D(4, 1, activation="sigmoid")(L.GlobalAveragePooling2D(keepdims=True)(left))
    joins = [L.Concatenate(axis=axis)([left, right, source] if axis == -1 else [left, right]) for axis in (1, 2, 3, -1)]
    other = L.Add()([left, L.Conv2D(4, 3, padding="same")(L.ReLU()(merges[0])), right])
    return keras.Model(source, [*merges, L.Multiply()([left, gate]), *joins, other, L.BatchNormalization()(joins[2])])
