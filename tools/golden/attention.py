"""Attention, masks included."""

import keras
from keras import layers as L

from .case import MAJOR, model


def sources(**shapes):
    return [keras.Input(shape, name=name, dtype="bool" if name.endswith("mask") else "float32") for name, shape in shapes.items()]


def all_of(call):
    """The outputs of a call that gives one, or several."""
    return list(call) if isinstance(call, (list, tuple)) else [call]


@model
def attention():
    query, value, key = sources(query=(3, 4), value=(5, 6), key=(5, 4))
    same = L.Dense(4)(value)
    return keras.Model(
        [query, value, key],
        [
            L.Attention()([query, same]),
            L.Attention(use_scale=True, dropout=0.3)([query, value, key]),
            L.Attention(score_mode="concat")([query, same]),
            L.Attention(score_mode="concat", use_scale=True)([query, value, key]),
            L.Attention()([query, same], use_causal_mask=True),
            *all_of(L.Attention()([query, value, key], return_attention_scores=True)),
        ],
    )


@model
def additive_attention():
    query, value, key = sources(query=(3, 4), value=(5, 6), key=(5, 4))
    same = L.Dense(4)(value)
    return keras.Model(
        [query, value, key],
        [
            L.AdditiveAttention()([query, same]),
            L.AdditiveAttention(use_scale=False)([query, value, key]),
            *all_of(L.AdditiveAttention()([query, same], use_causal_mask=True, return_attention_scores=True)),
        ],
    )


def rows_left(random, tensors):
    """Masks that rule out some steps of the first sample, and all of the second."""
    arrays = []
    for tensor in tensors:
        if tensor.dtype in ("bool", "int32"):
            mask = random.integers(0, 2, (3, *tensor.shape[1:])) > 0
            mask[1], mask[0, 0] = False, True
            arrays.append(mask.astype(tensor.dtype if MAJOR == 3 else tensor.dtype.as_numpy_dtype))
        else:
            arrays.append(random.standard_normal((3, *tensor.shape[1:])).astype("float32"))
    return arrays


@model(inputs=rows_left)
def attention_under_given_masks():
    query, value, query_mask, value_mask = sources(query=(3, 4), value=(5, 4), query_mask=(3,), value_mask=(5,))
    masks = [query_mask, value_mask]
    return keras.Model(
        [query, value, *masks],
        [
            *all_of(L.Attention(name="scored")([query, value], mask=masks, return_attention_scores=True)),
            L.Attention()([query, value], mask=[None, value_mask], use_causal_mask=True),
            L.Attention()([query, value], mask=[query_mask, None]),
            L.AdditiveAttention()([query, value], mask=masks),
        ],
    )


@model(archive_in_keras2=True)
def multi_head():
    query, value, key = sources(query=(3, 4), value=(5, 6), key=(5, 2))
    return keras.Model(
        [query, value, key],
        [
            L.MultiHeadAttention(2, 3)(query, query),
            L.MultiHeadAttention(2, 3, value_dim=5, dropout=0.2)(query, value),
            L.MultiHeadAttention(2, 3, output_shape=7)(query, value, key),
            L.MultiHeadAttention(1, 2, use_bias=False)(query, value, key=key),
            L.MultiHeadAttention(2, 3)(query=query, value=value, use_causal_mask=True),
            *all_of(L.MultiHeadAttention(2, 3)(query, value, return_attention_scores=True)),
        ],
    )


@model(inputs=rows_left)
def multi_head_under_given_masks():
    query, value, mask = sources(query=(3, 4), value=(5, 4), mask=(3, 5))
    numbers = keras.Input((3, 5), name="numbers", dtype="int32")
    return keras.Model(
        [query, value, mask, numbers],
        [
            L.MultiHeadAttention(2, 3)(query, value, attention_mask=mask),
            L.MultiHeadAttention(2, 3)(query, value, attention_mask=numbers),
            L.MultiHeadAttention(2, 3, dropout=0.1)(query, value, attention_mask=mask, use_causal_mask=True),
            *all_of(L.MultiHeadAttention(2, 3)(query, value, attention_mask=mask, return_attention_scores=True)),
        ],
    )


@model
def multi_head_along_axes():
    query, value = sources(query=(2, 3, 4), value=(2, 3, 6))
    other, = sources(other=(2, 5, 6))
    return keras.Model(
        [query, value, other],
        [
            L.MultiHeadAttention(2, 3)(query, value),
            L.MultiHeadAttention(2, 3, attention_axes=(2,))(query, other),
            L.MultiHeadAttention(2, 3, attention_axes=(1,), output_shape=(2, 2))(query, value),
            *all_of(L.MultiHeadAttention(2, 3, attention_axes=(1, 2))(query, other, return_attention_scores=True)),
        ],
    )


def of_any_length(random, tensors):
    return [random.standard_normal((3, length, 4)).astype("float32") for length, _ in zip((3, 5), tensors)]


@model(inputs=of_any_length)
def of_unknown_length():
    query, value = sources(query=(None, 4), value=(None, 4))
    return keras.Model(
        [query, value],
        [
            L.MultiHeadAttention(2, 3)(query, value),
            L.MultiHeadAttention(2, 3)(query, value, use_causal_mask=True),
            L.Attention()([query, value], use_causal_mask=True),
            L.AdditiveAttention()([query, value]),
        ],
    )


@model(majors=(3,), inputs=of_any_length)
def group_query():
    query, value = sources(query=(None, 4), value=(None, 4))
    return keras.Model(
        [query, value],
        [
            L.GroupQueryAttention(3, 4, 2)(query, value),
            L.GroupQueryAttention(3, 4, 1, use_bias=False)(query, value, use_causal_mask=True),
            L.GroupQueryAttention(3, 2, 2, use_gate=True)(query, value),
            L.GroupQueryAttention(3, 4, 2, sliding_window=2, dropout=0.1)(query, value),
            *all_of(L.GroupQueryAttention(3, 4, 2)(query, value, return_attention_scores=True)),
        ],
    )


@model(majors=(3,))
def multi_head_of_keras_3():
    query, value = sources(query=(4, 4), value=(5, 4))
    return keras.Model(
        [query, value],
        [
            L.MultiHeadAttention(2, 3, use_gate=True)(query, value),
            L.MultiHeadAttention(2, 3, sliding_window=2)(query, value),
            L.MultiHeadAttention(2, 3, attention_axes=-2)(query, value),
        ],
    )


@model(inputs=rows_left)
def softmax_under_masks():
    scores, mask = sources(scores=(2, 4), mask=(2, 4))
    numbers = keras.Input((2, 4), name="numbers", dtype="int32")
    outputs = [
        L.Softmax()(scores, mask=mask),
        L.Softmax(axis=1)(scores, mask=numbers),
        L.Softmax(axis=[1, 2])(scores, mask=mask),
        L.Softmax()(scores, mask),
    ]
    return keras.Model([scores, mask, numbers], outputs)


@model
def encoder():
    """A block of a transformer, as users write it."""
    source = keras.Input((6, 8), name="source")
    attended = L.MultiHeadAttention(2, 4, dropout=0.1)(source, source)
    hidden = L.LayerNormalization(epsilon=1e-6)(L.Add()([source, L.Dropout(0.1)(attended)]))
    forward = L.Dense(8)(L.Dropout(0.1)(L.Dense(16, activation="gelu")(hidden)))
    hidden = L.LayerNormalization(epsilon=1e-6)(L.Add()([hidden, forward]))
    return keras.Model(source, L.Dense(3, activation="softmax")(L.Flatten()(hidden)))
