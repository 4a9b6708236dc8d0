"""Keras models, as `model.export` (Keras 3) and `model.save` (Keras 2) write them."""

import inspect

import keras
import tensorflow as tf
from golden.case import randomize
from keras import layers as L

from .case import CASES, MAJOR, Case


def export(built, path):
    if MAJOR == 3:
        built.export(str(path), verbose=False)
    elif path.name in EXPORTED:
        built.export(str(path))
    else:
        built.save(str(path), save_format="tf")


def fan(shape, branches, dtype="float32"):
    source = keras.Input(shape, name="source", dtype=dtype)
    return keras.Model(source, [branch(source) for branch in branches])


def mlp():
    return keras.Sequential([keras.Input((8,)), L.Dense(5, activation="relu"), L.BatchNormalization(), L.Dense(3, activation="softmax")])


def early_exit():
    source = keras.Input((9, 9, 1), name="image")
    hidden = L.ZeroPadding2D()(source)
    hidden = L.BatchNormalization()(L.Conv2D(4, 3, use_bias=False)(hidden))
    features = L.MaxPooling2D(name="features")(L.Activation("relu")(hidden))
    answer = L.Dense(10, activation="softmax", name="exit")(L.Dropout(0.2)(L.Flatten()(features)))
    return keras.Model(source, [answer, features])


def convolution():
    return fan(
        (7, 8, 4),
        [
            L.Conv2D(3, 3, padding="same", use_bias=False),
            L.Conv2D(3, (2, 3), strides=2, padding="same", activation="relu"),
            L.Conv2D(2, 2, dilation_rate=(1, 3), padding="valid"),
            L.Conv2D(2, 2, dilation_rate=2, padding="same"),
            L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="elu"),
            L.DepthwiseConv2D(2, dilation_rate=2),
            L.SeparableConv2D(2, 3, padding="same", strides=2, depth_multiplier=2, activation="relu"),
            L.Conv2DTranspose(3, 3, strides=2, padding="same"),
            L.Conv2DTranspose(2, (2, 3), strides=(1, 2), padding="valid", activation="tanh"),
        ],
    )


def convolution_1d_3d():
    line, cube = keras.Input((9, 3), name="line"), keras.Input((4, 5, 4, 2), name="cube")
    on_line = [
        L.Conv1D(4, 3, padding="causal", dilation_rate=2),
        L.Conv1D(4, 3, strides=2, padding="same"),
        L.SeparableConv1D(2, 3),
        L.Conv1DTranspose(2, 3, strides=2),
        L.MaxPooling1D(2),
        L.AveragePooling1D(3, padding="same"),
        L.GlobalAveragePooling1D(),
        L.UpSampling1D(2),
        L.Cropping1D(2),
    ]
    on_cube = [
        L.Conv3D(2, 2, padding="same", strides=2),
        L.Conv3DTranspose(2, 3, strides=2, padding="same"),
        L.MaxPooling3D(2, padding="same"),
        L.AveragePooling3D(2),
        L.GlobalMaxPooling3D(),
    ]
    return keras.Model([line, cube], [layer(line) for layer in on_line] + [layer(cube) for layer in on_cube])


def images():
    return fan(
        (6, 8, 3),
        [
            L.MaxPooling2D(3, padding="same"),
            L.AveragePooling2D(3, strides=(1, 2), padding="same"),
            L.GlobalAveragePooling2D(),
            L.GlobalMaxPooling2D(keepdims=True),
            L.UpSampling2D(2),
            L.UpSampling2D((2, 3), interpolation="bilinear"),
            L.Cropping2D(((1, 0), (2, 1))),
            L.ZeroPadding2D(((0, 1), (2, 0))),
            L.Resizing(4, 5),
            L.Resizing(9, 9, interpolation="nearest"),
            L.CenterCrop(4, 4),
            L.Rescaling(1 / 127.5, offset=-1),
            L.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0]),
        ],
    )


def normalization():
    branches = [
        L.BatchNormalization(),
        L.BatchNormalization(axis=1, epsilon=0.1),
        L.BatchNormalization(center=False, scale=False),
        L.LayerNormalization(),
        L.LayerNormalization(axis=[1, 2], epsilon=0.1),
        L.LayerNormalization(center=False, scale=False),
        L.UnitNormalization(),
        L.GroupNormalization(2),
    ]
    return fan((3, 5, 4), branches)


def activations():
    names = "relu elu selu softplus softsign swish gelu tanh sigmoid exponential hard_sigmoid mish softmax".split()
    if MAJOR == 3:
        names += "leaky_relu relu6 celu log_sigmoid hard_tanh hard_shrink hard_silu glu log_softmax squareplus".split()
    more = [L.LeakyReLU(), L.PReLU(), L.ELU(0.3), L.Softmax(axis=1), L.ReLU(2.0, 0.1, 0.2)]
    return fan((3, 6), [L.Activation(name) for name in names] + more)


def shapes():
    return fan(
        (4, 6),
        [
            L.Flatten(),
            L.Reshape((-1, 3)),
            L.Permute((2, 1)),
            L.Dense(3),
            L.TimeDistributed(L.Dense(2, activation="relu")),
            L.Lambda(lambda x: x[:, ::2, 1:-1]) if MAJOR == 2 else L.Identity(),
        ],
    )


def merging():
    left, right, row = keras.Input((3, 4), name="left"), keras.Input((3, 4), name="right"), keras.Input((5,), name="row")
    layers = [L.Add(), L.Subtract(), L.Multiply(), L.Average(), L.Maximum(), L.Minimum(), L.Concatenate(), L.Concatenate(axis=1)]
    outputs = [layer([left, right]) for layer in layers]
    outputs += [L.Dot(axes=(2, 2))([left, right]), L.RepeatVector(4)(row)]
    return keras.Model([left, right, row], outputs)


def attention():
    query, value = keras.Input((4, 6), name="query"), keras.Input((5, 6), name="value")
    outputs = [
        L.MultiHeadAttention(2, 3)(query, value),
        L.MultiHeadAttention(2, 3)(query, query, use_causal_mask=True),
        L.Attention()([query, value]),
        L.AdditiveAttention()([query, value]),
    ]
    return keras.Model([query, value], outputs)


def transformer():
    source = keras.Input((6,), dtype="int32", name="tokens")
    hidden = L.Embedding(5, 8)(source)
    hidden = L.LayerNormalization()(hidden + L.MultiHeadAttention(2, 4)(hidden, hidden))
    wide = L.Dense(16, activation="gelu")(hidden)
    hidden = L.LayerNormalization()(hidden + L.Dense(8)(wide))
    return keras.Model(source, L.Dense(3, activation="softmax")(L.GlobalAveragePooling1D()(hidden)))


def embedding():
    source = keras.Input((6,), dtype="int32", name="tokens")
    masked = L.Embedding(5, 4, mask_zero=True)(source)
    return keras.Model(source, [L.Embedding(5, 3)(source), L.LSTM(3)(masked), L.GlobalAveragePooling1D()(masked)])


def lstm():
    return fan((5, 3), [L.LSTM(4), L.LSTM(3, return_sequences=True, go_backwards=True, activation="relu")])


def gru():
    return fan((5, 3), [L.GRU(4), L.GRU(3, return_sequences=True, reset_after=False)])


def recurrent():
    return fan(
        (4, 3),
        [
            L.SimpleRNN(4),
            L.Bidirectional(L.LSTM(2, return_sequences=True)),
            L.Bidirectional(L.GRU(2), merge_mode="sum"),
            L.RNN([L.LSTMCell(3), L.GRUCell(2)]),
        ],
    )


def two_layers():
    """A sensor model as users write it; it reads as many steps as it is given."""
    source = keras.Input((None, 3), name="readings")
    hidden = L.LSTM(4)(L.LSTM(5, return_sequences=True)(source))
    return keras.Model(source, L.Dense(2, activation="softmax")(hidden))


def long_sequence():
    """More steps than are converted one by one."""
    source = keras.Input((80, 2), name="readings")
    hidden = L.GRU(3, return_sequences=True)(source)
    return keras.Model(source, [hidden, L.LSTM(2)(hidden), L.SimpleRNN(2, go_backwards=True)(source)])


def open_recurrent():
    source = keras.Input((None, 3), name="readings")
    masked = L.Masking()(source)
    both = L.Bidirectional(L.GRU(2, return_sequences=True))(source)
    return keras.Model(source, [both, L.LSTM(2)(masked), L.LSTM(3, return_sequences=True)(both)])


def open_length():
    """Layers that work on each step, or on all, of a sequence of any length."""
    source = keras.Input((None, 6), name="readings")
    hidden = L.LayerNormalization()(source + L.MultiHeadAttention(2, 3)(source, source))
    wide = L.Dense(4, activation="relu")(hidden)
    outputs = [wide, L.Conv1D(3, 3, padding="same")(source), L.Conv1D(2, 3, padding="causal")(source)]
    outputs += [L.MaxPooling1D(2)(source), L.Reshape((-1, 2))(source), L.Attention()([wide, wide])]
    return keras.Model(source, [*outputs, L.GlobalMaxPooling1D()(wide)])


def frames():
    source = keras.Input((4, 5, 5, 2), name="frames")
    each = L.TimeDistributed(L.Conv2D(2, 2))(source)
    return keras.Model(source, [L.ConvLSTM2D(2, 3, padding="same")(source), L.GRU(2)(L.TimeDistributed(L.Flatten())(each))])


def raw_operations():
    """TensorFlow's functions (Keras 2) and keras.ops (Keras 3) in a functional graph."""
    ops = tf.math if MAJOR == 2 else keras.ops
    source = keras.Input((4, 6), name="source")
    norm = ops.sqrt((tf.reduce_sum if MAJOR == 2 else ops.sum)(source * source, axis=-1, keepdims=True) + 1.0)
    return keras.Model(source, [source[:, 1:, ::2] * 2.0 - 1.0, source / norm, ops.maximum(source[:, -1], 0.1)])


def augmented():
    """Keras 3 leaves what is random switched on; Keras 2 does not."""
    source = keras.Input((6, 6, 3), name="image")
    return keras.Model(source, L.Conv2D(2, 3)(L.RandomFlip()(source)))


def nested():
    inner_source = keras.Input((6, 6, 2))
    hidden = L.PReLU(shared_axes=[1, 2])(L.SeparableConv2D(3, 3)(L.BatchNormalization()(inner_source)))
    inner = keras.Model(inner_source, [hidden, L.Flatten()(hidden)], name="mid")
    tail = keras.Sequential([keras.Input((48,)), L.Dense(4), L.BatchNormalization()], name="tail")
    shared = L.Conv2D(2, 3, padding="same", name="shared")
    source = keras.Input((6, 6, 2), name="source")
    once = shared(source)
    maps, flat = inner(shared(once))
    again, _ = inner(once)
    return keras.Model(source, [tail(flat), maps, again])


def any_image():
    """An image of any size."""
    source = keras.Input((None, None, 3), name="image")
    hidden = L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(source)
    hidden = L.MaxPooling2D()(L.BatchNormalization()(hidden))
    return keras.Model(source, L.Dense(2)(L.GlobalAveragePooling2D()(hidden)))


def small(policy):
    source = keras.Input((6, 6, 2), name="image")
    hidden = L.BatchNormalization(dtype=policy)(L.Conv2D(4, 3, activation="relu", dtype=policy)(source))
    hidden = L.Flatten(dtype=policy)(L.MaxPooling2D(dtype=policy)(hidden))
    return keras.Model(source, [L.Dense(3, dtype=policy)(hidden), L.Dense(2, dtype="float32")(hidden)])


def double():
    return small("float64")


def half():
    return small("mixed_float16")


def many_outputs():
    """Twelve: their names sort otherwise as texts than as numbers."""
    return fan((3,), [L.Dense(1 + size, name=f"branch_{size}") for size in range(12)])


TOLERANCES = {"half": 1e-2}
# `model.save` of Keras 2 stores the training of recurrent layers too, which is large.
EXPORTED = ("embedding", "recurrent", "long_sequence", "open_recurrent", "frames", "two_layers")
REFUSED = {"augmented": "is random, so that answers would differ each time"} if MAJOR == 3 else {}
BUILDERS = [value for name, value in list(globals().items()) if inspect.isfunction(value) and not inspect.signature(value).parameters]


def write(build):
    def to(random, path):
        built = build()
        randomize(random, built)
        export(built, path)

    return to


def register():
    for build in BUILDERS:
        if build.__module__ == __name__ and build.__name__ not in ("register",):
            name = build.__name__
            CASES.append(Case(name, write(build), tolerance=TOLERANCES.get(name), refused=REFUSED.get(name)))
    if MAJOR == 2:
        CASES.append(Case("with_metadata", write(mlp), keeps_metadata=True))
        CASES.append(Case("exported", lambda random, path: mlp().export(str(path))))
    saved = lambda random, path: tf.saved_model.save(early_exit(), str(path))
    CASES.append(Case("saved_by_tensorflow", saved))
