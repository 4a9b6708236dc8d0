"""Functions of TensorFlow in functional graphs (Keras 2; Keras 3 has functions of its own, see ops_keras.py)."""

import keras
import numpy as np

from .case import MAJOR, fan, model, two

if MAJOR < 3:
    import tensorflow as tf
    from keras import backend as K


def positive(x):
    return tf.abs(x) + 0.1


def small(x):
    return tf.tanh(x) * 0.9


@model(majors=(2,), archive_in_keras2=True)
def arithmetic_of_two():
    return two(
        [
            lambda x, y: x + y,
            lambda x, y: x - y,
            lambda x, y: x * y,
            lambda x, y: x / y,
            lambda x, y: tf.divide(x, y),
            lambda x, y: tf.math.divide_no_nan(x, tf.nn.relu(y)),
            lambda x, y: x // y,
            lambda x, y: x % y,
            lambda x, y: tf.pow(positive(x), y),
            lambda x, y: tf.maximum(x, y),
            lambda x, y: tf.minimum(x, y),
            lambda x, y: tf.math.squared_difference(x, y),
            lambda x, y: tf.add_n([x, y, x]),
        ]
    )


@model(majors=(2,), archive_in_keras2=True)
def arithmetic_with_numbers():
    return fan(
        (4, 3),
        [
            lambda x: x + 1,
            lambda x: 1.5 - x,
            lambda x: 2 * x,
            lambda x: x / 3,
            lambda x: 1 / x,
            lambda x: x // 0.5,
            lambda x: x % 2,
            lambda x: -x,
            lambda x: abs(x),
            lambda x: x**2,
            lambda x: tf.maximum(x, 0.25),
            lambda x: tf.nn.bias_add(x, np.array([1.0, 2.0, 3.0], "float32")),
            lambda x: x * np.array([1.0, -2.0, 3.0], "float32"),
            lambda x: tf.constant([[1.0], [2.0], [3.0], [4.0]]) - x,
        ],
    )


@model(majors=(2,))
def integers():
    return fan(
        (4, 3),
        [
            lambda x: x + 1,
            lambda x: 3 - x,
            lambda x: x * x,
            lambda x: x // 4,
            lambda x: (x - 5) % 3,
            lambda x: x**2,
            lambda x: -x,
            lambda x: tf.reduce_sum(x, axis=1),
            lambda x: tf.reduce_max(x, axis=-1, keepdims=True),
            lambda x: tf.cast(x, "float32") / 2,
            lambda x: tf.clip_by_value(x, 2, 6),
        ],
        "int32",
    )


@model(majors=(2,))
def images_as_bytes():
    return fan((4, 4, 3), [lambda x: x / 255, lambda x: tf.cast(x, tf.float32) / 127.5 - 1], "uint8")


@model(majors=(2,))
def comparisons():
    return two(
        [
            lambda x, y: tf.equal(tf.round(x), tf.round(y)),
            lambda x, y: tf.not_equal(tf.round(x), tf.round(y)),
            lambda x, y: x > y,
            lambda x, y: x >= 0.5,
            lambda x, y: x < y,
            lambda x, y: x <= y,
            lambda x, y: tf.logical_and(x > 0, y > 0),
            lambda x, y: (x > 0) | (y > 0),
            lambda x, y: ~(x > 0),
            lambda x, y: tf.math.logical_xor(x > 0, y > 0),
            lambda x, y: tf.where(x > y, x, 0.5),
            lambda x, y: tf.where(x > y, x, y),
            lambda x, y: tf.math.is_nan(tf.math.log(x)),
            lambda x, y: tf.math.is_inf(1.0 / tf.nn.relu(x)),
            lambda x, y: tf.math.is_finite(1.0 / tf.nn.relu(x)),
        ]
    )


@model(majors=(2,), archive_in_keras2=True)
def masks_by_hand():
    source = keras.Input((6, 3), name="steps")
    mask = tf.reduce_any(tf.not_equal(source, 0), axis=-1)
    weight = tf.expand_dims(tf.cast(mask, "float32"), -1)
    mean = tf.reduce_sum(source * weight, axis=1) / tf.maximum(tf.reduce_sum(weight, axis=1), 1)
    return keras.Model(source, [mask, mean])


@model(majors=(2,))
def elements():
    return fan(
        (4, 3),
        [
            lambda x: tf.square(x),
            lambda x: tf.sqrt(positive(x)),
            lambda x: tf.math.rsqrt(positive(x)),
            lambda x: tf.exp(x),
            lambda x: tf.math.expm1(x),
            lambda x: tf.math.log(positive(x)),
            lambda x: tf.math.log1p(positive(x)),
            lambda x: tf.sin(x),
            lambda x: tf.cos(x),
            lambda x: tf.tan(small(x)),
            lambda x: tf.asin(small(x)),
            lambda x: tf.acos(small(x)),
            lambda x: tf.atan(x),
            lambda x: tf.sinh(x),
            lambda x: tf.cosh(x),
            lambda x: tf.asinh(x),
            lambda x: tf.acosh(1 + positive(x)),
            lambda x: tf.atanh(small(x)),
            lambda x: tf.floor(x),
            lambda x: tf.math.ceil(x),
            lambda x: tf.round(x),
            lambda x: tf.sign(x),
            lambda x: tf.math.reciprocal(x),
            lambda x: tf.math.erf(x),
            lambda x: tf.math.erfc(x),
            lambda x: tf.clip_by_value(x, -1, 1),
        ],
    )


@model(majors=(2,))
def reductions():
    return fan(
        (4, 3, 2),
        [
            lambda x: tf.reduce_sum(x, axis=1),
            lambda x: tf.reduce_sum(x, [1, 2], keepdims=True),
            lambda x: tf.reduce_mean(x, axis=-1),
            lambda x: tf.reduce_mean(x, axis=[1, 2, 3]),
            lambda x: tf.reduce_max(x, axis=2, keepdims=True),
            lambda x: tf.reduce_min(x, axis=-2),
            lambda x: tf.reduce_prod(x, axis=1),
            lambda x: tf.math.reduce_variance(x, axis=1),
            lambda x: tf.math.reduce_std(x, axis=[1, 3], keepdims=True),
            lambda x: tf.reduce_logsumexp(x, axis=-1),
            lambda x: tf.math.reduce_euclidean_norm(x, axis=-1),
            lambda x: tf.norm(x, axis=-1),
            lambda x: tf.norm(x, ord=1, axis=1),
            lambda x: tf.reduce_all(x > -1, axis=-1),
            lambda x: tf.nn.moments(x, axes=[1])[1],
            lambda x: tf.math.l2_normalize(x, axis=-1),
            lambda x: K.mean(x, axis=[1, 2]),
            lambda x: K.var(x, axis=1),
            lambda x: K.max(x, axis=-1),
        ],
    )


@model(majors=(2,))
def places():
    return fan(
        (4, 3),
        [
            lambda x: tf.argmax(x, axis=1),
            lambda x: tf.argmin(x, axis=-1, output_type=tf.int32),
            lambda x: tf.argsort(x, axis=1),
            lambda x: tf.sort(x, axis=-1, direction="DESCENDING"),
            lambda x: tf.math.top_k(x, 2)[0],
            lambda x: tf.math.top_k(x, k=2)[1],
            lambda x: tf.cumsum(x, axis=1),
            lambda x: tf.cumsum(x, axis=1, exclusive=True, reverse=True),
        ],
    )


@model(majors=(2,), archive_in_keras2=True)
def shapes():
    return fan(
        (4, 6),
        [
            lambda x: tf.reshape(x, (-1, 24)),
            lambda x: tf.reshape(x, (-1, 2, 3, 4)),
            lambda x: tf.reshape(x, (tf.shape(x)[0], -1)),
            lambda x: tf.reshape(x, [tf.shape(x)[0], tf.shape(x)[2], tf.shape(x)[1]]),
            lambda x: tf.reshape(tf.reshape(x, (-1, 24)), tf.shape(x)),
            lambda x: tf.transpose(x, (0, 2, 1)),
            lambda x: tf.expand_dims(x, 1),
            lambda x: tf.squeeze(tf.expand_dims(x, 2), 2),
            lambda x: tf.reverse(x, axis=[1]),
            lambda x: tf.roll(x, 2, axis=-1),
            lambda x: tf.tile(x, (1, 2, 1)),
            lambda x: tf.repeat(x, 3, axis=1),
            lambda x: tf.pad(x, ((0, 0), (1, 2), (0, 0))),
            lambda x: tf.pad(x, [[0, 0], [2, 1], [1, 1]], mode="REFLECT"),
            lambda x: tf.slice(x, [0, 1, 2], [-1, 2, -1]),
            lambda x: K.permute_dimensions(x, (0, 2, 1)),
            lambda x: K.expand_dims(x),
            lambda x: K.batch_dot(x, x, axes=2),
        ],
    )


# Keras 2 itself cannot save an ellipsis, and reads its slices as texts, in its archives.
@model(majors=(2,))
def items():
    return fan(
        (5, 6, 2),
        [
            lambda x: x[:, 1],
            lambda x: x[:, -2],
            lambda x: x[:, 1:4],
            lambda x: x[:, ::2],
            lambda x: x[:, ::-1],
            lambda x: x[:, 4:1:-2],
            lambda x: x[:, -3:],
            lambda x: x[:, :-1, 2],
            lambda x: x[..., 0],
            lambda x: x[..., tf.newaxis],
            lambda x: x[:, None, ..., 1:],
            lambda x: x[:, 3:100],
        ],
    )


@model(majors=(2,), archive_in_keras2=True)
def items_in_an_archive():
    return fan((5, 6, 2), [lambda x: x[:, 1], lambda x: x[:, 1:4], lambda x: x[:, ::-1, 2]])


@model(majors=(2,), archive_in_keras2=True)
def joining():
    return two(
        [
            lambda x, y: tf.concat([x, y], axis=1),
            lambda x, y: tf.concat([x, y, x], -1),
            lambda x, y: tf.stack([x, y], axis=1),
            lambda x, y: K.concatenate([x, y]),
            lambda x, y: K.stack([x, y], axis=-1),
        ]
    )


@model(majors=(2,))
def parting():
    source = keras.Input((4, 6), name="source")
    steps = tf.unstack(source, axis=1)
    return keras.Model(source, [*tf.split(source, 2, axis=1), steps[0], steps[3]])


@model(majors=(2,))
def parting_by_sizes():
    source = keras.Input((4, 6), name="source")
    return keras.Model(source, tf.split(source, [1, 3, -1], axis=2))


@model(majors=(2,))
def taking():
    return fan((4, 3), [lambda x: tf.gather(x, [2, 0, 1], axis=1), lambda x: tf.gather(x, 1, axis=-1)])


@model(majors=(2,))
def classes():
    return fan((4,), [lambda x: tf.one_hot(x, 6), lambda x: tf.one_hot(x, 10, dtype="int32")], "int32")


@model(majors=(2,))
def products():
    weight = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)
    return two(
        [
            lambda x, y: tf.matmul(x, y, transpose_b=True),
            lambda x, y: tf.matmul(x, y, transpose_a=True),
            lambda x, y: x @ weight,
            lambda x, y: tf.matmul(x, tf.transpose(y, [0, 2, 1])),
        ]
    )


@model(majors=(2,))
def activations():
    return fan(
        (4, 6),
        [
            lambda x: tf.nn.relu(x),
            lambda x: tf.nn.relu6(x),
            lambda x: tf.nn.leaky_relu(x),
            lambda x: tf.nn.leaky_relu(x, alpha=0.1),
            lambda x: tf.nn.elu(x),
            lambda x: tf.nn.selu(x),
            lambda x: tf.nn.gelu(x),
            lambda x: tf.nn.gelu(x, approximate=True),
            lambda x: tf.nn.silu(x),
            lambda x: tf.sigmoid(x),
            lambda x: tf.math.log_sigmoid(x),
            lambda x: tf.nn.softplus(x),
            lambda x: tf.nn.softsign(x),
            lambda x: tf.nn.softmax(x),
            lambda x: tf.nn.softmax(x, axis=1),
            lambda x: tf.nn.log_softmax(x),
            lambda x: tf.tanh(x),
            lambda x: keras.activations.relu(x, max_value=6.0),
            lambda x: keras.activations.relu(x, alpha=0.1),
            lambda x: keras.activations.swish(x),
            lambda x: keras.activations.softmax(x),
            lambda x: keras.activations.hard_sigmoid(x),
            lambda x: K.softplus(x),
        ],
    )


@model(majors=(2,))
def casts():
    return fan(
        (4, 3),
        [
            lambda x: tf.cast(x, tf.int32),
            lambda x: tf.cast(x, tf.bool),
            lambda x: tf.cast(x, tf.float64),
            lambda x: tf.cast(tf.cast(x, "int64"), "float32") * 2,
            lambda x: tf.convert_to_tensor(x),
            lambda x: tf.stop_gradient(x) + 0,
            lambda x: tf.identity(x) * 1,
            lambda x: tf.zeros_like(x),
            lambda x: tf.ones_like(x, dtype="int32"),
        ],
    )


@model(majors=(2,), tolerance=1e-2)
def casts_to_half():
    return fan((4, 3), [lambda x: tf.cast(x, "float16"), lambda x: tf.nn.relu(tf.cast(x, "float16") * 2)])


@model(majors=(2,), archive_in_keras2=True)
def attention_by_hand():
    source = keras.Input((5, 8), name="steps")
    query, key, value = (keras.layers.Dense(4)(source) for _ in range(3))
    scores = tf.matmul(query, key, transpose_b=True) / 4**0.5
    return keras.Model(source, tf.matmul(tf.nn.softmax(scores, axis=-1), value))


@model(majors=(2,))
def images():
    return fan(
        (6, 6, 4),
        [
            lambda x: tf.nn.depth_to_space(x, 2),
            lambda x: tf.nn.space_to_depth(x, 3),
            lambda x: tf.image.resize(x, (3, 8)),
            lambda x: tf.image.resize(x, (9, 9), method="nearest"),
        ],
    )


@model(majors=(2,))
def tensor_products():
    cube = np.linspace(-1, 1, 24, dtype="float32").reshape(3, 4, 2)
    return fan((4, 3), [lambda x: tf.tensordot(x, cube, 1), lambda x: tf.tensordot(x, cube, [[1, 2], [1, 0]])])


@model(majors=(2,), tolerance=1e-2)
def half_precision():
    source = keras.Input((6, 6, 2), name="image")
    hidden = keras.layers.Conv2D(4, 3, dtype="mixed_float16")(source)
    gate = tf.sigmoid(tf.reduce_mean(hidden, axis=[1, 2], keepdims=True))
    gated = hidden * gate * 2
    return keras.Model(source, [gate, gated, tf.cast(gated, "float32")])


@model(majors=(2,))
def steps_of_any_number():
    return fan(
        (None, 6),
        [
            lambda x: x[:, 1:],
            lambda x: x[:, -1],
            lambda x: tf.reduce_mean(x, axis=1),
            lambda x: tf.matmul(x, x, transpose_b=True),
            lambda x: tf.concat([x, x], axis=1),
            lambda x: tf.reshape(x, (tf.shape(x)[0], -1, 2, 3)),
            lambda x: tf.transpose(tf.reshape(x, (tf.shape(x)[0], -1, 2, 3)), (0, 2, 1, 3)),
        ],
    )


def padded_words(random, tensors):
    return [random.integers(0, 4, (3, 5)).astype("int32")]


@model(majors=(2,), inputs=padded_words)
def functions_lose_masks():
    words = keras.Input((5,), dtype="int32")
    embedded = keras.layers.Embedding(4, 3, mask_zero=True)(words)
    return keras.Model(words, [keras.layers.LSTM(2)(embedded * 2.0), keras.layers.LSTM(2)(embedded)])
