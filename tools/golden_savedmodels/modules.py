"""What users of TensorFlow write without Keras: modules with functions, saved by `tf.saved_model.save`."""

import os

import numpy as np
import tensorflow as tf

from .case import CASES, Case


def spec(shape, dtype=tf.float32, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def variable(random, shape, dtype="float32"):
    return tf.Variable(random.standard_normal(shape).astype(dtype))


def save(functions):
    """Writes a module whose signatures are `functions(random)`: {name: (function, specs, variables)}."""

    def write(random, path):
        module = tf.Module()
        signatures = {}
        for name, (function, specs, variables) in functions(random).items():
            setattr(module, f"variables_of_{name}", variables)
            signatures[name] = tf.function(function, input_signature=specs)
        tf.saved_model.save(module, str(path), signatures=signatures)

    return write


def several_signatures(random):
    w, b = variable(random, (4, 3)), variable(random, (3,))
    return {
        "serving_default": (lambda x: {"y": tf.nn.relu(x @ w + b)}, [spec((None, 4))], [w, b]),
        "features": (lambda x: {"second": x @ w, "first": -x}, [spec((None, 4))], [w]),
    }


def only_signature(random):
    w = variable(random, (4, 3))
    return {"predict": (lambda x: {"y": tf.tanh(x @ w)}, [spec((None, 4))], [w])}


def fixed_batch(random):
    w = variable(random, (4, 3))
    return {"serving_default": (lambda x: {"y": tf.reshape(x @ w, [2, 3])}, [spec((2, 4))], [w])}


def double(random):
    w = variable(random, (4, 3), "float64")
    return {"serving_default": (lambda x: {"y": tf.math.log1p(tf.abs(x @ w))}, [spec((None, 4), tf.float64)], [w])}


def two_inputs(random):
    w = variable(random, (5, 2))

    def call(b, a):
        return {"z": tf.concat([tf.cast(a, tf.float32), b], axis=1) @ w, "a": a + 1}

    return {"serving_default": (call, [spec((None, 2), name="b"), spec((None, 3), tf.int32, "a")], [w])}


def control(random):
    """Loops and branches whose way is known when the graph is made; functions within functions."""
    w = variable(random, (3, 3))

    @tf.function
    def step(x):
        return tf.tanh(x @ w)

    def call(x):
        count = tf.shape(x)[1]
        total = tf.while_loop(lambda i, _: i < 4, lambda i, y: (i + 1, step(y)), (0, x))[1]
        chosen = tf.cond(count > 2, lambda: total + 1.0, lambda: total - 1.0)
        parts = tf.TensorArray(tf.float32, 3)
        for index in range(3):
            parts = parts.write(index, chosen[:, index] * float(index))
        return {"y": tf.transpose(parts.stack())}

    return {"serving_default": (call, [spec((None, 3))], [w])}


def open_loop(random):
    """A loop that runs as often as its input is long, counts in twos and gathers what it sees."""
    w = variable(random, (3, 3))

    def call(x):
        steps = tf.shape(x)[1]
        seen = tf.TensorArray(tf.float32, steps)

        def body(i, twos, state, seen):
            state = tf.tanh(state @ w + x[:, 0] * tf.cast(twos, tf.float32))
            return i + 1, twos + 2, state, seen.write(i, state)

        start = (0, 1, tf.zeros_like(x[:, 0]), seen)
        _, twos, state, seen = tf.while_loop(lambda i, *_: i < steps, body, start)
        return {"state": state, "seen": tf.transpose(seen.stack(), [1, 0, 2]), "scaled": state * tf.cast(twos, tf.float32)}

    return {"serving_default": (call, [spec((None, None, 3))], [w])}


def stateful(random):
    count = tf.Variable(0.0)

    def call(x):
        count.assign_add(1.0)
        return {"y": x + count}

    return {"serving_default": (call, [spec((None, 3))], [count])}


def text(random):
    return {"serving_default": (lambda x: {"y": tf.strings.length(x)}, [spec((None,), tf.string)], [])}


def shapes(random):
    def call(x):
        batch, rows, columns = tf.unstack(tf.shape(x))
        flat = tf.reshape(x, [batch * rows, columns])
        back = tf.reshape(flat * 2.0, tf.stack([batch, rows, columns]))
        return {
            "back": back,
            "ones": tf.ones([batch, 2]) + tf.zeros_like(x)[:, 0, :2],
            "tiled": tf.tile(x[:, tf.newaxis, 0], [1, 3, 1]),
            "broadcast": tf.broadcast_to(x[:, :1, :], tf.shape(x)),
            "joined": tf.concat([x, back[:, ::-1]], axis=-1),
            "stacked": tf.stack([x, back], axis=1),
            "taken": tf.gather(x, [2, 0], axis=2),
            "part": tf.slice(x, [0, 1, 0], [-1, 2, -1]),
            "sliced": x[..., 1:4:2],
            "reversed": tf.reverse(x, [1]),
            "padded": tf.pad(x, [[0, 0], [1, 0], [0, 2]], constant_values=1.5),
            "mirrored": tf.pad(x, [[0, 0], [1, 1], [2, 0]], mode="REFLECT"),
            "split": tf.split(x, [1, 3], axis=2)[1],
            "squeezed": tf.squeeze(x[:, :1], axis=1),
            "blocks": tf.batch_to_space(tf.space_to_batch(x, [2], [[0, 1]]), [2], [[0, 1]]),
            "depth": tf.nn.depth_to_space(tf.reshape(x, [batch, 1, 3, 4]), 2),
            "deep": tf.nn.space_to_depth(tf.reshape(x, [batch, 2, 6, 1]), 2),
        }

    return {"serving_default": (call, [spec((None, 3, 4))], [])}


def elementwise(random):
    other = random.standard_normal((4,)).astype("float32")

    def call(x):
        p = tf.abs(x) + 0.5
        u = tf.tanh(x) * 0.9
        outputs = [
            x + other, x - other, x * other, x / p, tf.maximum(x, other), tf.minimum(x, other), p**1.5,
            tf.math.squared_difference(x, other), tf.math.floordiv(x, 0.7), tf.math.floormod(x, 0.7),
            tf.math.divide_no_nan(x, tf.nn.relu(x)), tf.add_n([x, p, u]), tf.clip_by_value(x, -0.5, 0.7),
            -x, tf.exp(x), tf.math.log(p), tf.sqrt(p), tf.math.rsqrt(p), tf.square(x), tf.sign(x), tf.math.erf(x),
            tf.math.erfc(x), tf.floor(x), tf.math.ceil(x), tf.round(x * 2), tf.sin(x), tf.cos(x), tf.tan(u), tf.asin(u),
            tf.acos(u), tf.atan(x), tf.sinh(x), tf.cosh(x), tf.math.asinh(x), tf.math.acosh(p + 1), tf.math.atanh(u),
            tf.math.reciprocal(p), tf.math.expm1(x), tf.nn.relu6(x * 4), tf.nn.leaky_relu(x), tf.nn.elu(x), tf.nn.selu(x),
            tf.nn.softplus(x), tf.nn.softsign(x), tf.nn.softmax(x), tf.nn.log_softmax(x), tf.nn.l2_normalize(x, -1),
        ]  # fmt: skip
        return {f"o_{index}": output for index, output in enumerate(outputs)}

    return {"serving_default": (call, [spec((None, 4))], [])}


def choices(random):
    table = random.standard_normal((5, 3)).astype("float32")

    def call(x, n):
        truth = tf.logical_and(x > 0, tf.logical_not(x >= 1))
        outputs = [
            tf.where(truth, x, -x), tf.where(x < 0.3, 0.0, x), tf.cast(tf.logical_or(x <= 0, x == 1), tf.int32),
            truth, tf.reduce_any(truth, 1, keepdims=True), tf.reduce_all(truth, 1, keepdims=True),
            tf.argmax(x, 1), tf.argmin(x, -1, output_type=tf.int32), tf.one_hot(n, 5), tf.one_hot(n, 5, 2.0, -1.0, axis=1),
            tf.gather(table, n), n // 2, n % 3, tf.cast(n != 2, tf.float32), tf.cumsum(x, 1), tf.cumsum(x, 1, True, True),
            tf.cast(x, tf.int32), tf.cast(n, tf.bool), *tf.math.top_k(x, 2), tf.gather_nd(table, n[:, :1]), tf.math.logical_xor(truth, x > 1),
            tf.math.is_finite(tf.math.log(x)), tf.math.is_finite(1 / tf.nn.relu(x)), tf.where(x > 0.5, truth, x < 0), tf.roll(x, [1], [1]),
            tf.roll(x, -3, 1), tf.math.reduce_logsumexp(x, 1), tf.raw_ops.Select(condition=n[:, 0] > 2, x=x, y=-x),
        ]  # fmt: skip
        return {f"o_{index}": output for index, output in enumerate(outputs)}

    return {"serving_default": (call, [spec((None, 4)), spec((None, 2), tf.int32, "n")], [])}


def reductions(random):
    matrix = random.standard_normal((4, 6)).astype("float32")

    def call(x):
        outputs = [
            tf.reduce_mean(x, 1), tf.reduce_sum(x, [1, 2]), tf.reduce_max(x, -1, keepdims=True), tf.reduce_min(x, 1),
            tf.reduce_prod(x, 2), tf.math.reduce_euclidean_norm(x, 1), tf.math.reduce_std(x, 2), tf.matmul(x, x, transpose_b=True),
            tf.linalg.matmul(x, x, transpose_a=True), tf.einsum("bij,jk->bik", x, matrix), tf.tensordot(x, matrix, 1),
            x @ matrix, tf.nn.moments(x, [1])[1],
        ]  # fmt: skip
        return {f"o_{index}": output for index, output in enumerate(outputs)}

    return {"serving_default": (call, [spec((None, 3, 4))], [])}


def channels_first(random):
    """Graphs for GPUs have their channels first."""
    kernel, bias = variable(random, (3, 3, 2, 4)), variable(random, (4,))
    scale = [np.abs(random.standard_normal(4)).astype("float32") + 0.5 for _ in range(4)]

    def call(x):
        raw = tf.raw_ops
        hidden = raw.Conv2D(input=x, filter=kernel, strides=[1, 1, 2, 1], padding="SAME", data_format="NCHW")
        hidden = tf.nn.bias_add(hidden, bias, "NCHW")
        normal = raw.FusedBatchNormV3(
            x=hidden, scale=scale[0], offset=scale[1], mean=scale[2], variance=scale[3], data_format="NCHW", is_training=False
        )
        pooled = raw.MaxPool(input=normal.y, ksize=[1, 1, 2, 2], strides=[1, 1, 2, 2], padding="VALID", data_format="NCHW")
        padded = raw.Conv2D(
            input=x, filter=kernel, strides=[1, 1, 1, 1], padding="EXPLICIT", explicit_paddings=[0, 0, 0, 0, 2, 1, 0, 1], data_format="NCHW"
        )
        return {"pooled": pooled, "padded": padded}

    return {"serving_default": (call, [spec((None, 2, 6, 7))], [kernel, bias])}


def resized(random):
    def call(x):
        raw = tf.raw_ops
        flags = [{}, {"half_pixel_centers": True}, {"align_corners": True}]
        outputs = [raw.ResizeBilinear(images=x, size=[7, 3], **each) for each in flags]
        outputs += [raw.ResizeNearestNeighbor(images=x, size=[7, 3], **each) for each in flags]
        return {f"o_{index}": output for index, output in enumerate(outputs)}

    return {"serving_default": (call, [spec((None, 4, 5, 2))], [])}


def shards(random, path):
    """The variables of a model, spread over two files."""
    save(several_signatures)(random, path)
    prefix = str(path / "variables" / "variables")
    reader = tf.train.load_checkpoint(prefix)
    keys = sorted(reader.get_variable_to_shape_map())
    parts = []
    for index, some in enumerate([keys[::2], keys[1::2]]):
        part = f"{prefix}_temp_{index}"
        parts.append(part)
        tensors = [tf.constant(reader.get_tensor(key)) for key in some]
        tf.raw_ops.SaveV2(prefix=part, tensor_names=some, shape_and_slices=[""] * len(some), tensors=tensors)
    for name in os.listdir(path / "variables"):
        if "temp" not in name:
            os.remove(path / "variables" / name)
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=prefix, delete_old_dirs=False)
    assert os.path.exists(f"{prefix}.data-00001-of-00002")


def register():
    both = ("serving_default", "features")
    CASES.append(Case("module_several_signatures", save(several_signatures), both))
    CASES.append(Case("module_only_signature", save(only_signature), ("predict",)))
    CASES.append(Case("module_shards", shards, both))
    for function in [fixed_batch, double, two_inputs, control, open_loop, shapes, elementwise, choices, reductions, channels_first, resized]:
        CASES.append(Case(f"module_{function.__name__}", save(function)))
    changes, texts = "changes a variable, which is not supported", "is of type text, which is not supported"
    CASES.append(Case("module_stateful", save(stateful), refused=changes))
    CASES.append(Case("module_text", save(text), refused=texts))
