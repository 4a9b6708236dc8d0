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


def with_gaps(random, tensors):
    """Steps that do not count are zero; in the first sample of the first input none counts."""
    arrays = []
    for index, tensor in enumerate(tensors):
        array = random.standard_normal((3, *tensor.shape[1:])).astype("float32")
        counts = random.integers(0, 2, array.shape[:2]) > 0
        counts[:, 0] = True
        counts[0] = index > 0
        arrays.append(array * counts[:, :, None])
    return arrays


@model(inputs=with_gaps)
def attention_under_implied_masks():
    query, value, plain = sources(query=(3, 4), value=(5, 4), plain=(5, 4))
    asked, given = L.Masking()(query), L.Masking()(value)
    first = L.Attention()([asked, given])
    return keras.Model(
        [query, value, plain],
        [
            first,
            L.LSTM(2)(first),
            L.Attention()([asked, plain], use_causal_mask=True),
            L.Attention()([asked, given, plain]),
            *all_of(L.AdditiveAttention(name="scored")([asked, given], return_attention_scores=True)),
        ],
    )


@model(inputs=with_gaps)
def multi_head_under_implied_masks():
    query, value, plain = sources(query=(3, 4), value=(5, 4), plain=(5, 4))
    # Keras 3 takes masks off what it is called on: whatever comes after sees none.
    asked, given, keys, own = (lambda: L.Masking()(query)), (lambda: L.Masking()(value)), L.Masking()(plain), L.Masking()(query)
    first = L.MultiHeadAttention(2, 3)(asked(), given())
    return keras.Model(
        [query, value, plain],
        [
            first,
            L.LSTM(2)(first),
            L.MultiHeadAttention(2, 3)(own, own, use_causal_mask=True),
            L.MultiHeadAttention(2, 3)(asked(), given(), keys),
            L.MultiHeadAttention(2, 3)(asked(), plain, given()),
            L.MultiHeadAttention(2, 3, dropout=0.1)(query, given()),
            *all_of(L.MultiHeadAttention(2, 3, name="scored")(asked(), given(), return_attention_scores=True)),
        ],
    )


@model(inputs=with_gaps)
def masked_encoder():
    source, = sources(source=(5, 6))
    hidden = L.Masking()(source)
    for _ in range(2):
        attended = L.MultiHeadAttention(2, 3)(hidden, hidden)
        hidden = L.LayerNormalization()(L.Add()([hidden, attended]))
        hidden = L.LayerNormalization()(L.Add()([hidden, L.Dense(6)(L.Dense(8, activation="relu")(hidden))]))
    return keras.Model(source, [hidden, L.LSTM(2)(hidden)])


@model(majors=(3,), inputs=with_gaps)
def group_query_under_implied_masks():
    query, value = sources(query=(3, 4), value=(5, 4))
    asked, given = L.Masking()(query), L.Masking()(value)
    first = L.GroupQueryAttention(3, 4, 2)(asked, given)
    return keras.Model(
        [query, value],
        [first, L.LSTM(2)(first), L.GroupQueryAttention(3, 4, 2, dropout=0.1)(asked, given, use_causal_mask=True)],
    )
