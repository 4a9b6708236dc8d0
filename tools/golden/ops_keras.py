"""Functions of `keras.ops` in functional graphs (Keras 3; Keras 2 has TensorFlow's own, see ops_tf.py)."""

import keras
import numpy as np

from .case import MAJOR, fan, model, two

if MAJOR >= 3:
    from keras import ops as o


def ints(shape, branches, dtype="int32"):
    return fan(shape, branches, dtype)


def positive(x):
    return o.abs(x) + 0.1


def small(x):
    return o.tanh(x) * 0.9


@model(majors=(3,))
def arithmetic_of_two():
    return two(
        [
            lambda x, y: x + y,
            lambda x, y: x - y,
            lambda x, y: x * y,
            lambda x, y: x / y,
            lambda x, y: o.divide(x, y),
            lambda x, y: o.divide_no_nan(x, o.relu(y)),
            lambda x, y: x // y,
            lambda x, y: x % y,
            lambda x, y: o.power(positive(x), y),
            lambda x, y: o.maximum(x, y),
            lambda x, y: o.minimum(x, y),
        ]
    )


@model(majors=(3,))
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
            lambda x: 2.0**x,
            lambda x: o.maximum(x, 0.25),
            lambda x: o.minimum(1, x),
        ],
    )


@model(majors=(3,))
def arithmetic_with_arrays():
    row = np.array([1.0, -2.0, 3.0], "float32")
    return fan(
        (4, 3),
        [
            lambda x: x * row,
            lambda x: o.subtract(row, x),
            lambda x: x + o.convert_to_tensor([0.5, 0.25, 0.125]),
            lambda x: x + np.array([[1], [2], [3], [4]], "int32"),
            lambda x: o.multiply(x, np.ones((1, 4, 1), "float32") * 3),
        ],
    )


@model(majors=(3,))
def arithmetic_with_doubles():
    return fan((3,), [lambda x: x * np.array([1.5, 2.5, -1.0]), lambda x: o.cast(x, "float64") + 1])


@model(majors=(3,))
def integers_of_two():
    return two(
        [
            lambda x, y: x + y,
            lambda x, y: x - y,
            lambda x, y: x * y,
            lambda x, y: x / (y + np.int32(1)),
            lambda x, y: (x - y) // (y + np.int32(1)),
            lambda x, y: (x - y) % (y + np.int32(1)),
            lambda x, y: o.maximum(x, y),
            lambda x, y: o.power(x, np.int32(2)),
        ],
        dtypes=("int32", "int32"),
    )


@model(majors=(3,))
def promotion():
    branches = [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: o.where(x > y, x, y), lambda x, y: x / (y + 1)]
    return two(branches, dtypes=("int32", "float32"))


@model(majors=(3,))
def promotion_of_integers():
    return two([lambda x, y: x + y, lambda x, y: o.maximum(x, y), lambda x, y: x > y], dtypes=("uint8", "int8"))


@model(majors=(3,))
def promotion_to_long():
    branches = [lambda x, y: x + y, lambda x, y: x - y, lambda x, y: o.equal(x, y), lambda x, y: o.where(x < y, x, y)]
    return two(branches, dtypes=("int64", "int32"))


@model(majors=(3,))
def integers_with_numbers():
    return ints((4, 3), [lambda x: x * 1.5, lambda x: x / 4, lambda x: x + np.float32(0.5), lambda x: x - 0.1])


@model(majors=(3,))
def images_as_bytes():
    return fan((4, 4, 3), [lambda x: x / 255, lambda x: o.cast(x, "float32") / 127.5 - 1.0], "uint8")


@model(majors=(3,))
def comparisons():
    return two(
        [
            lambda x, y: o.equal(o.round(x), o.round(y)),
            lambda x, y: o.not_equal(o.round(x), o.round(y)),
            lambda x, y: x > y,
            lambda x, y: x >= y,
            lambda x, y: x < y,
            lambda x, y: x <= y,
            lambda x, y: x > 0,
            lambda x, y: x >= 0.5,
            lambda x, y: o.less(1, y),
        ]
    )


@model(majors=(3,))
def comparisons_of_integers():
    return ints((5,), [lambda x: o.not_equal(x, 0), lambda x: o.equal(x, 3), lambda x: x > 4, lambda x: x <= 2.5])


@model(majors=(3,))
def masks_by_hand():
    source = keras.Input((6, 3), name="steps")
    mask = o.any(o.not_equal(source, 0), axis=-1)
    weight = o.expand_dims(o.cast(mask, "float32"), -1)
    mean = o.sum(source * weight, axis=1) / o.maximum(o.sum(weight, axis=1), 1)
    return keras.Model(source, [mask, mean])


@model(majors=(3,))
def logic():
    return two(
        [
            lambda x, y: o.logical_and(x > 0, y > 0),
            lambda x, y: o.logical_or(x > 0, y > 0),
            lambda x, y: o.logical_xor(x > 0, y > 0),
            lambda x, y: o.logical_not(x > 0),
            lambda x, y: ~(x > y),
            lambda x, y: o.equal(x > 0, y > 0),
            lambda x, y: o.where(x > y, x, 0.5),
            lambda x, y: o.where(x > 0, 1.0, y),
            lambda x, y: o.where(x > 0, x > 1, y > 1),
        ]
    )


@model(majors=(3,))
def special_numbers():
    return fan(
        (5,),
        [
            lambda x: o.isnan(o.log(x)),
            lambda x: o.isinf(1.0 / o.relu(x)),
            lambda x: o.isfinite(1.0 / o.relu(x)),
            lambda x: o.isposinf(1.0 / o.relu(x)),
            lambda x: o.isneginf(-1.0 / o.relu(x)),
        ],
    )


@model(majors=(3,))
def powers_and_logarithms():
    return fan(
        (4, 3),
        [
            lambda x: o.square(x),
            lambda x: o.sqrt(positive(x)),
            lambda x: o.rsqrt(positive(x)),
            lambda x: o.cbrt(x),
            lambda x: o.exp(x),
            lambda x: o.exp2(x),
            lambda x: o.expm1(x),
            lambda x: o.expm1(x * 1e-3) * 1e3,
            lambda x: o.log(positive(x)),
            lambda x: o.log1p(positive(x)),
            lambda x: o.log1p(x * 1e-3) * 1e3,
            lambda x: o.log2(positive(x)),
            lambda x: o.log10(positive(x)),
            lambda x: o.reciprocal(x),
            lambda x: o.erf(x),
            lambda x: o.erfc(x),
        ],
    )


@model(majors=(3,))
def trigonometry():
    return fan(
        (4, 3),
        [
            lambda x: o.sin(x),
            lambda x: o.cos(x),
            lambda x: o.tan(small(x)),
            lambda x: o.arcsin(small(x)),
            lambda x: o.arccos(small(x)),
            lambda x: o.arctan(x),
            lambda x: o.sinh(x),
            lambda x: o.cosh(x),
            lambda x: o.tanh(x),
            lambda x: o.arcsinh(x),
            lambda x: o.arccosh(1 + positive(x)),
            lambda x: o.arctanh(small(x)),
            lambda x: o.deg2rad(x),
            lambda x: o.rad2deg(x),
        ],
    )


@model(majors=(3,))
def rounding():
    return fan(
        (4, 3),
        [o.floor, o.ceil, o.round, o.trunc, o.sign, lambda x: o.clip(x, -1, 1), lambda x: o.round(o.round(x) / 2)]
        if MAJOR >= 3
        else [],
    )


@model(majors=(3,))
def elements_of_integers():
    return ints(
        (4, 3),
        [
            lambda x: o.square(x),
            lambda x: -x,
            lambda x: o.sign(x),
            lambda x: o.abs(x),
            lambda x: o.floor(x),
            lambda x: o.sqrt(x),
            lambda x: o.exp(x),
            lambda x: o.round(x),
            lambda x: o.trunc(x),
            lambda x: o.clip(x, 2, 5),
            lambda x: x + 1,
            lambda x: x * 2.0,
            lambda x: 3 - x,
            lambda x: x**2,
        ],
    )


@model(majors=(3,))
def reductions():
    return fan(
        (4, 3, 2),
        [
            lambda x: o.sum(x, axis=1),
            lambda x: o.sum(x, axis=(1, 2), keepdims=True),
            lambda x: o.mean(x, axis=-1),
            lambda x: o.mean(x, axis=(1, 2)),
            lambda x: o.max(x, axis=2, keepdims=True),
            lambda x: o.min(x, axis=-2),
            lambda x: o.amax(x, axis=1),
            lambda x: o.amin(x, axis=1),
            lambda x: o.prod(x, axis=1),
            lambda x: o.var(x, axis=1),
            lambda x: o.std(x, axis=(1, 3), keepdims=True),
            lambda x: o.logsumexp(x, axis=-1),
            lambda x: o.count_nonzero(o.relu(x), axis=1),
            lambda x: o.moments(x, axes=[1])[0],
            lambda x: o.moments(x, axes=[1], keepdims=True)[1],
        ],
    )


@model(majors=(3,))
def reductions_of_truth():
    return fan(
        (4, 3),
        [
            lambda x: o.any(x > 0, axis=1),
            lambda x: o.all(x > -1, axis=-1, keepdims=True),
            lambda x: o.any(o.relu(x), axis=-1),
            lambda x: o.sum(x > 0, axis=1),
        ],
    )


@model(majors=(3,))
def reductions_of_integers():
    return ints(
        (4, 3),
        [
            lambda x: o.sum(x, axis=1),
            lambda x: o.prod(x, axis=1),
            lambda x: o.max(x, axis=1),
            lambda x: o.min(x, axis=1, keepdims=True),
            lambda x: o.mean(x, axis=1),
            lambda x: o.std(x, axis=1),
            lambda x: o.var(x, axis=1),
            lambda x: o.argmax(x, axis=1),
        ],
    )


@model(majors=(3,))
def reductions_of_bytes():
    return fan((4, 3), [lambda x: o.sum(x, axis=1), lambda x: o.max(x, axis=1), lambda x: o.mean(x, axis=-1)], "uint8")


@model(majors=(3,))
def places():
    return fan(
        (4, 3),
        [
            lambda x: o.argmax(x, axis=1),
            lambda x: o.argmin(x, axis=-1, keepdims=True),
            lambda x: o.argsort(x, axis=1),
            lambda x: o.sort(x, axis=-1),
            lambda x: o.top_k(x, 2)[0],
            lambda x: o.top_k(x, 2)[1],
        ],
    )


@model(majors=(3,))
def norms():
    return fan(
        (4, 3),
        [
            lambda x: o.norm(x, axis=-1),
            lambda x: o.norm(x, ord=1, axis=1, keepdims=True),
            lambda x: o.norm(x, axis=(1, 2)),
            lambda x: o.normalize(x, axis=-1),
            lambda x: o.normalize(x * 0, axis=1),
        ],
    )


@model(majors=(3,))
def shapes():
    return fan(
        (4, 6),
        [
            lambda x: o.reshape(x, (-1, 24)),
            lambda x: o.reshape(x, (-1, 2, 3, 4)),
            lambda x: o.transpose(x, (0, 2, 1)),
            lambda x: o.swapaxes(x, 1, -1),
            lambda x: o.moveaxis(x, 1, 2),
            lambda x: o.expand_dims(x, 1),
            lambda x: o.expand_dims(x, -1),
            lambda x: o.squeeze(o.expand_dims(x, 2), 2),
            lambda x: o.squeeze(o.expand_dims(x, 2)),
            lambda x: o.flip(x, axis=1),
            lambda x: o.flip(x, axis=(1, 2)),
            lambda x: o.roll(x, 2, axis=-1),
            lambda x: o.roll(x, -1, axis=1),
            lambda x: o.tile(x, (1, 2, 1)),
            lambda x: o.tile(x, 2),
            lambda x: o.repeat(x, 3, axis=1),
            lambda x: o.repeat(x, 2, axis=-1),
        ],
    )


@model(majors=(3,))
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
            lambda x: x[..., None],
            lambda x: x[:, None, ..., 1:],
            lambda x: x[:, :, None, 3],
            lambda x: x[:, 1:2, ..., -1],
            lambda x: x[:, 3:100],
        ],
    )


@model(majors=(3,))
def items_of_integers():
    return ints((5, 3), [lambda x: x[:, 1], lambda x: x[:, 1:, ::-1], lambda x: o.reshape(x, (-1, 15))])


@model(majors=(3,))
def frames():
    return fan(
        (4, 3),
        [
            lambda x: o.pad(x, ((0, 0), (1, 2), (0, 0))),
            lambda x: o.pad(x, ((0, 0), (1, 0), (0, 3)), constant_values=1.5),
            lambda x: o.pad(x, ((0, 0), (2, 1), (1, 1)), mode="reflect"),
        ],
    )


@model(majors=(3,))
def joining():
    return two(
        [
            lambda x, y: o.concatenate([x, y], axis=1),
            lambda x, y: o.concatenate([x, y, x], axis=-1),
            lambda x, y: o.stack([x, y], axis=1),
            lambda x, y: o.stack([x, y], axis=-1),
            lambda x, y: o.concatenate([x, o.cast(y > 0, "int32")], axis=1),
        ]
    )


@model(majors=(3,))
def parting():
    source = keras.Input((4, 6), name="source")
    steps = o.unstack(source, axis=1)
    return keras.Model(source, [*o.split(source, 2, axis=1), steps[0], steps[3]])


@model(majors=(3,))
def parting_at_places():
    source = keras.Input((4, 6), name="source")
    return keras.Model(source, o.split(source, [1, 4], axis=2))


@model(majors=(3,))
def taking():
    return fan(
        (4, 3),
        [
            lambda x: o.take(x, [2, 0, -1], axis=1),
            lambda x: o.take(x, 1, axis=-1),
            lambda x: o.take_along_axis(x, o.argsort(x, axis=1), axis=1),
        ],
    )


@model(majors=(3,))
def classes():
    table = np.arange(20, dtype="float32").reshape(10, 2)
    return ints(
        (4,),
        [
            lambda x: o.one_hot(x, 6),
            lambda x: o.one_hot(x, 10, dtype="int32"),
            lambda x: o.take(table, x, axis=0),
        ],
    )


@model(majors=(3,))
def fillings():
    return fan(
        (4, 3),
        [
            lambda x: o.zeros_like(x),
            lambda x: o.ones_like(x),
            lambda x: o.full_like(x, 2.5),
            lambda x: o.ones_like(x, dtype="int32"),
            lambda x: o.zeros_like(x > 0),
        ],
    )


@model(majors=(3,))
def running_and_triangles():
    return fan(
        (4, 4),
        [
            lambda x: o.cumsum(x, axis=1),
            lambda x: o.cumsum(x, axis=-1),
            lambda x: o.tril(x),
            lambda x: o.triu(x, k=1),
            lambda x: o.tril(x, k=-1),
        ],
    )


@model(majors=(3,))
def products():
    weight = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)
    return two(
        [
            lambda x, y: o.matmul(x, o.transpose(y, (0, 2, 1))),
            lambda x, y: x @ weight,
            lambda x, y: o.matmul(weight.T[:, :3], o.transpose(x, (0, 2, 1))),
            lambda x, y: o.matmul(weight.T[None, :, :3], o.transpose(x, (0, 2, 1))),
            lambda x, y: o.matmul(o.expand_dims(x, 2), weight[None]),
            lambda x, y: o.dot(x, weight),
            lambda x, y: o.dot(x, weight[:, 0]),
            lambda x, y: o.einsum("bij,bkj->bik", x, y),
            lambda x, y: o.einsum("bij,jk->bki", x, weight),
            lambda x, y: o.einsum("bij,bij->b", x, y),
        ]
    )


@model(majors=(3,))
def products_of_integers():
    return two([lambda x, y: o.matmul(x, o.swapaxes(y, 1, 2))], dtypes=("int32", "int32"))


@model(majors=(3,))
def activations():
    return fan(
        (4, 6),
        [
            o.relu,
            o.relu6,
            o.sigmoid,
            o.sparse_sigmoid,
            o.softplus,
            o.softsign,
            o.silu,
            o.log_sigmoid,
            o.leaky_relu,
            o.hard_sigmoid,
            o.hard_silu,
            o.elu,
            o.selu,
            o.gelu,
            o.celu,
            o.glu,
            o.tanh_shrink,
            o.hard_tanh,
            o.hard_shrink,
            o.soft_shrink,
            o.squareplus,
            o.sparse_plus,
            o.softmax,
            o.log_softmax,
            o.sparsemax,
        ]
        if MAJOR >= 3
        else [],
    )


@model(majors=(3,))
def activations_with_settings():
    return fan(
        (4, 6),
        [
            lambda x: o.leaky_relu(x, 0.05),
            lambda x: o.elu(x, 0.5),
            lambda x: o.celu(x, 2.0),
            lambda x: o.gelu(x, approximate=False),
            lambda x: o.hard_shrink(x, 1.0),
            lambda x: o.soft_shrink(x, 0.25),
            lambda x: o.threshold(x, 0.5, -1.0),
            lambda x: o.softmax(x, axis=1),
            lambda x: o.log_softmax(x, axis=1),
        ],
    )


@model(majors=(3,))
def casts():
    return fan(
        (4, 3),
        [
            lambda x: o.cast(x, "int32"),
            lambda x: o.cast(x, "bool"),
            lambda x: o.cast(x, "float64"),
            lambda x: o.cast(o.cast(x, "int64"), "float32") * 2,
            lambda x: o.convert_to_tensor(x),
            lambda x: o.stop_gradient(x) + 0,
            lambda x: o.copy(x) * 1,
        ],
    )


@model(majors=(3,), tolerance=1e-2)
def casts_to_half():
    return fan(
        (4, 3),
        [
            lambda x: o.cast(x, "float16"),
            lambda x: o.cast(x, "float16") * 2,
            lambda x: o.relu(o.cast(x, "float16")),
        ],
    )


@model(majors=(3,))
def attention_by_hand():
    source = keras.Input((5, 8), name="steps")
    query, key, value = (keras.layers.Dense(4)(source) for _ in range(3))
    scores = o.matmul(query, o.transpose(key, (0, 2, 1))) / 4**0.5
    return keras.Model(source, o.matmul(o.softmax(scores, axis=-1), value))


@model(majors=(3,))
def gates_of_images():
    source = keras.Input((8, 8, 3), name="image")
    features = keras.layers.Conv2D(4, 3, padding="same")(o.cast(source, "float32") / 255.0)
    gate = o.sigmoid(o.mean(features, axis=(1, 2), keepdims=True))
    return keras.Model(source, o.mean(features * gate, axis=[1, 2]))


@model(majors=(3,))
def pools_and_blocks():
    return fan(
        (6, 6, 4),
        [
            lambda x: o.max_pool(x, 2),
            lambda x: o.max_pool(x, (3, 2), strides=1, padding="same"),
            lambda x: o.average_pool(x, 2, padding="same"),
            lambda x: o.nn.depth_to_space(x, 2),
            lambda x: o.nn.space_to_depth(x, 3),
            lambda x: o.image.resize(x, (3, 8)),
            lambda x: o.image.resize(x, (9, 9), interpolation="nearest"),
        ],
    )


@model(majors=(3,))
def tensor_products():
    cube = np.linspace(-1, 1, 24, dtype="float32").reshape(3, 4, 2)
    return fan(
        (4, 3),
        [
            lambda x: o.tensordot(x, cube, axes=1),
            lambda x: o.tensordot(x, cube, axes=[[1, 2], [1, 0]]),
            lambda x: o.tensordot(x, cube.transpose((1, 0, 2)), axes=2),
            lambda x: o.tensordot(x, cube, axes=[[1], [1]]),
        ],
    )


@model(majors=(3,))
def hidden_scores():
    return fan((5,), [lambda x: o.softmax(o.where(x > 3, -float("inf"), x)), lambda x: o.minimum(x, float("inf"))])


@model(majors=(3,), tolerance=1e-2)
def half_precision():
    source = keras.Input((6, 6, 2), name="image")
    hidden = keras.layers.Conv2D(4, 3, dtype="mixed_float16")(source)
    gate = o.sigmoid(o.mean(hidden, axis=(1, 2), keepdims=True))
    gated = hidden * gate * 2
    single = o.cast(gated, "float32")
    return keras.Model(source, [gate, gated, single, gated + single, o.argmax(gated, -1)])


@model(majors=(3,))
def double_precision():
    source = keras.Input((4, 3), name="readings", dtype="float64")
    hidden = keras.layers.Dense(4, dtype="float64")(source)
    return keras.Model(source, [hidden[:, 1:] * 2, o.sum(hidden, axis=1), o.cast(hidden, "float32"), source - 1])


@model(majors=(3,))
def steps_of_any_number():
    return fan(
        (None, 6),
        [
            lambda x: x[:, 1:],
            lambda x: x[:, -1],
            lambda x: x[:, ::-1, :2],
            lambda x: o.sum(x, axis=1) / 2,
            lambda x: o.matmul(x, o.transpose(x, (0, 2, 1))),
            lambda x: o.concatenate([x, x], axis=1),
            lambda x: o.einsum("bij,bkj->bik", x, x),
            lambda x: o.zeros_like(x) + o.softmax(x),
            lambda x: o.flip(x, axis=1),
        ],
    )


def padded_words(random, tensors):
    return [random.integers(0, 4, (3, 5)).astype("int32")]


@model(majors=(3,), inputs=padded_words)
def operations_lose_masks():
    words = keras.Input((5,), dtype="int32")
    embedded = keras.layers.Embedding(4, 3, mask_zero=True)(words)
    return keras.Model(words, [keras.layers.LSTM(2)(embedded * 2.0), keras.layers.LSTM(2)(embedded)])
