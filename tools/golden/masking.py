"""Steps that do not count, from Masking and Embedding through all that hands masks on."""

import keras
from keras import layers as L

from .case import MAJOR, model


def padded(random, tensors):
    """Sequences of which steps are missing: at the end, at the beginning, in between, and all."""
    values = random.standard_normal((4, 5, 3)).astype("float32")
    values[0, 3:] = 0
    values[1, :2] = 0
    values[2, [1, 3]] = 0
    values[3] = 0
    return [values]


@model(inputs=padded)
def masked_layers():
    source = keras.Input((5, 3), name="source")
    steps = L.Masking()(source)
    return keras.Model(
        source,
        [
            steps,
            L.LSTM(2)(steps),
            L.LSTM(2, return_sequences=True)(steps),
            L.GRU(2, go_backwards=True, return_sequences=True)(steps),
            L.GRU(2, go_backwards=True, reset_after=False)(steps),
            L.SimpleRNN(2, unroll=True)(steps),
            *L.LSTM(2, return_state=True, activation="gelu")(steps),
            L.Bidirectional(L.LSTM(2, return_sequences=True))(steps),
            L.Bidirectional(L.GRU(2), merge_mode="sum")(steps),
            L.Bidirectional(L.GRU(2, return_sequences=True, unroll=True))(steps),
            L.Bidirectional(L.GRU(2, return_sequences=True, unroll=True, activation="gelu"))(steps),
            L.RNN([L.LSTMCell(2), L.GRUCell(3)], return_sequences=True)(steps),
        ],
    )


@model(inputs=padded, majors=(3,))
def zero_output_for_mask():
    source = keras.Input((5, 3), name="source")
    steps = L.Masking()(source)
    return keras.Model(
        source,
        [
            L.LSTM(2, return_sequences=True, zero_output_for_mask=True)(steps),
            L.GRU(2, return_sequences=True, zero_output_for_mask=True, go_backwards=True)(steps),
            L.SimpleRNN(2, zero_output_for_mask=True)(steps),
            L.SimpleRNN(2, zero_output_for_mask=True, unroll=True, return_sequences=True)(steps),
            L.LSTM(2, zero_output_for_mask=True, unroll=True, return_sequences=True, go_backwards=True)(steps),
        ],
    )


@model(inputs=padded)
def masks_on_the_way():
    """Which layers hand a mask on, and to what it comes."""
    source = keras.Input((5, 3), name="source")
    steps = L.Masking(mask_value=0.0)(source)
    wide = L.Dropout(0.5)(L.Activation("relu")(L.Dense(4)(steps)))
    wide = L.BatchNormalization()(wide)
    first = L.LSTM(3, return_sequences=True)(wide)
    second = L.GRU(3, return_sequences=True)(first)
    each = L.TimeDistributed(L.Dense(2))(second)
    return keras.Model(
        source,
        [
            L.LSTM(2)(each),
            L.LSTM(2)(L.Reshape((5, 4))(wide)),
            L.Bidirectional(L.LSTM(2))(L.Bidirectional(L.LSTM(2, return_sequences=True))(wide)),
        ],
    )


@model(inputs=padded)
def masks_joined():
    source = keras.Input((5, 3), name="source")
    steps = L.Masking()(source)
    other = L.GRU(2, return_sequences=True)(source)
    joined = L.Concatenate()([L.LSTM(2, return_sequences=True)(steps), other])
    longer = L.Concatenate(axis=1)([steps, L.Masking(mask_value=0.0)(source)])
    added = L.Add()([steps, L.Dense(3)(source)])
    return keras.Model(source, [L.LSTM(2)(joined), L.LSTM(2)(longer), L.LSTM(2)(added)])


@model(inputs=padded, archive_in_keras2=True)
def masked_sequential():
    return keras.Sequential([keras.Input((5, 3)), L.Masking(), L.Dense(4), L.LSTM(3, return_sequences=True), L.GRU(2)])


@model(inputs=padded)
def masked_nested():
    inner = keras.Sequential([keras.Input((5, 3)), L.Dense(4), L.LSTM(3, return_sequences=True)], name="inner")
    source = keras.Input((5, 3), name="source")
    return keras.Model(source, L.LSTM(2)(inner(L.Masking()(source))))


def words(random, tensors):
    values = random.integers(1, 9, (4, 5)).astype("int32")
    values[0, 3:] = 0
    values[1, :2] = 0
    values[2, [1, 3]] = 0
    return [values]


@model(inputs=words)
def embedding():
    source = keras.Input((5,), name="words", dtype="int32")
    plain = L.Embedding(9, 3)(source)
    masked = L.Embedding(9, 3, mask_zero=True)(source)
    return keras.Model(
        source,
        [plain, L.LSTM(2)(plain), L.LSTM(2)(masked), L.Bidirectional(L.GRU(2, return_sequences=True))(masked)],
    )


@model(archive_in_keras2=True, inputs=lambda random, tensors: [random.integers(0, 9, (3, 5)).astype("float32")])
def embedding_sequential():
    return keras.Sequential([keras.Input((None,)), L.Embedding(9, 4, mask_zero=True), L.LSTM(3), L.Dense(1, activation="sigmoid")])


@model(inputs=lambda random, tensors: [random.integers(0, 3, (3, 4, 5)).astype("int32")])
def sentences():
    """Words in sentences in texts: a mask of three axes."""
    source = keras.Input((4, 5), name="words", dtype="int32")
    words = L.Embedding(3, 2, mask_zero=True)(source)
    sentence = L.TimeDistributed(L.LSTM(2))(words)
    return keras.Model(source, [sentence] if MAJOR == 3 else [sentence, L.LSTM(2)(sentence)])


@model(majors=(3,), inputs=lambda random, tensors: [random.standard_normal((3, 4, 2)).astype("float32"), random.integers(0, 2, (3, 4)).astype("bool")])
def mask_given():
    source, mask = keras.Input((4, 2), name="source"), keras.Input((4,), name="mask", dtype="bool")
    return keras.Model([source, mask], [L.LSTM(2)(source, mask=mask), L.GRU(2, return_sequences=True)(source, None, mask)])


@model(inputs=lambda random, tensors: [*padded(random, tensors), *(random.standard_normal((4, 2)).astype("float32") for _ in range(2))])
def masked_states():
    """Samples of which no step counts keep the states that they are given."""
    source = keras.Input((5, 3), name="source")
    hidden, carry = keras.Input((2,), name="hidden"), keras.Input((2,), name="carry")
    steps = L.Masking()(source)
    results = [
        L.LSTM(2, return_state=True, name="a")(steps, initial_state=[hidden, carry]),
        L.GRU(2, return_state=True, return_sequences=True, go_backwards=True, name="b")(steps, initial_state=hidden),
        L.GRU(2, return_state=True, return_sequences=True, activation="gelu", name="c")(steps, initial_state=hidden),
    ]
    return keras.Model([source, hidden, carry], [each for result in results for each in result])
