"""Layers that go through time, and the steps that do not count."""

import keras
from keras import layers as L

from .case import MAJOR, fan, model


@model
def lstm():
    return fan(
        (5, 3),
        [
            L.LSTM(4),
            L.LSTM(4, return_sequences=True),
            L.LSTM(3, go_backwards=True),
            L.LSTM(3, go_backwards=True, return_sequences=True),
            L.LSTM(2, use_bias=False, dropout=0.3, recurrent_dropout=0.2),
            L.LSTM(2, unroll=True, return_sequences=True),
        ],
    )


@model
def lstm_activations():
    return fan(
        (4, 3),
        [
            L.LSTM(3, activation="relu"),
            L.LSTM(3, recurrent_activation="hard_sigmoid", return_sequences=True),
            L.LSTM(3, activation="softsign", recurrent_activation="softplus"),
            L.LSTM(3, activation="elu"),
            L.LSTM(3, activation=None, return_sequences=True),
            L.LSTM(3, activation="gelu", recurrent_activation="tanh", return_sequences=True),
            L.LSTM(3, activation="selu", go_backwards=True),
            L.LSTM(3, activation="softmax", go_backwards=True, return_sequences=True),
        ],
    )


@model
def gru():
    return fan(
        (5, 3),
        [
            L.GRU(4),
            L.GRU(4, reset_after=False),
            L.GRU(3, return_sequences=True, use_bias=False),
            L.GRU(3, return_sequences=True, use_bias=False, reset_after=False),
            L.GRU(3, go_backwards=True, reset_after=False, return_sequences=True),
            L.GRU(3, activation="relu", recurrent_activation="hard_sigmoid"),
            L.GRU(3, activation="swish", return_sequences=True),
            L.GRU(3, activation="swish", reset_after=False, go_backwards=True),
            L.GRU(3, activation="mish", use_bias=False),
            L.GRU(3, activation="exponential", recurrent_activation="softmax", reset_after=False, use_bias=False),
        ],
    )


@model
def simple_rnn():
    return fan(
        (5, 3),
        [
            L.SimpleRNN(4),
            L.SimpleRNN(4, return_sequences=True, activation="relu"),
            L.SimpleRNN(4, go_backwards=True, use_bias=False),
            L.SimpleRNN(4, activation="sigmoid", return_sequences=True),
            L.SimpleRNN(4, activation="hard_sigmoid"),
            L.SimpleRNN(4, activation="gelu", go_backwards=True, return_sequences=True),
        ],
    )


@model
def states_out():
    source = keras.Input((4, 3), name="source")
    results = []
    for layer in (
        L.LSTM(2, return_state=True, name="a"),
        L.LSTM(2, return_state=True, return_sequences=True, go_backwards=True, name="b"),
        L.GRU(3, return_state=True, return_sequences=True, name="c"),
        L.SimpleRNN(3, return_state=True, name="d"),
        L.LSTM(2, return_state=True, activation="gelu", name="e"),
    ):
        results.extend(layer(source))
    return keras.Model(source, results)


@model
def states_in():
    """An encoder and a decoder, and states from inputs."""
    source, target = keras.Input((4, 3), name="source"), keras.Input((6, 2), name="target")
    hidden, carry = keras.Input((4,), name="hidden"), keras.Input((4,), name="carry")
    _, *states = L.LSTM(4, return_state=True)(source)
    decoded = L.LSTM(4, return_sequences=True)(target, initial_state=states)
    given = L.LSTM(4)(source, initial_state=[hidden, carry])
    gated = L.GRU(4, activation="gelu")(source, initial_state=hidden)
    simple = L.SimpleRNN(4, return_sequences=True)(source, initial_state=[carry])
    return keras.Model([source, target, hidden, carry], [decoded, given, gated, simple])


@model(majors=(3,))
def states_by_position():
    source = keras.Input((4, 3), name="source")
    hidden, carry = keras.Input((2,), name="hidden"), keras.Input((2,), name="carry")
    return keras.Model([source, hidden, carry], L.LSTM(2)(source, [hidden, carry]))


@model
def sensor():
    """Two layers over a time that is not known in advance."""
    source = keras.Input((None, 6), name="readings")
    hidden = L.LSTM(8, return_sequences=True)(source)
    hidden = L.Dropout(0.2)(L.LSTM(5, return_sequences=True)(hidden))
    hidden = L.GRU(4, activation="gelu", return_sequences=True, go_backwards=True)(hidden)
    answer = L.Dense(3, activation="softmax")(L.GRU(4)(hidden))
    return keras.Model(source, [answer, L.TimeDistributed(L.Dense(2))(hidden)])


@model(archive_in_keras2=True)
def sequential_lstm():
    return keras.Sequential([keras.Input((5, 3)), L.LSTM(4, return_sequences=True), L.LSTM(3), L.Dense(2)])


@model
def bidirectional():
    return fan(
        (4, 3),
        [
            L.Bidirectional(L.LSTM(2)),
            L.Bidirectional(L.LSTM(2, return_sequences=True)),
            L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode="sum"),
            L.Bidirectional(L.GRU(2, reset_after=False), merge_mode="mul"),
            L.Bidirectional(L.SimpleRNN(2), merge_mode="ave"),
            L.Bidirectional(L.LSTM(2, activation="gelu", return_sequences=True), merge_mode="ave"),
            L.Bidirectional(
                L.LSTM(2, return_sequences=True),
                backward_layer=L.GRU(3, return_sequences=True, go_backwards=True, activation="relu"),
            ),
            L.Bidirectional(
                L.SimpleRNN(2, return_sequences=True, go_backwards=True),
                backward_layer=L.SimpleRNN(3, return_sequences=True),
            ),
        ],
    )


@model(archive_in_keras2=True)
def bidirectional_states():
    source = keras.Input((4, 3), name="source")
    states = [keras.Input((2,), name=f"state_{index}") for index in range(4)]
    both = L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode=None, name="a")(source)
    results = L.Bidirectional(L.LSTM(2, return_state=True), name="b")(source, initial_state=states)
    more = L.Bidirectional(L.GRU(2, return_state=True, return_sequences=True), merge_mode="sum", name="c")(source)
    return keras.Model([source, *states], [*both, *results, *more])


@model(archive_in_keras2=True)
def cells():
    return fan(
        (4, 3),
        [
            L.RNN(L.LSTMCell(2)),
            L.RNN(L.GRUCell(2, reset_after=False, activation="gelu"), return_sequences=True),
            L.RNN(L.SimpleRNNCell(2), go_backwards=True),
            L.RNN([L.LSTMCell(3), L.GRUCell(2), L.LSTMCell(4, activation="relu")], return_sequences=True),
            L.RNN(L.StackedRNNCells([L.SimpleRNNCell(2), L.SimpleRNNCell(3)])),
            L.Bidirectional(L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_sequences=True)),
        ],
    )


@model
def stacked_states():
    source = keras.Input((4, 3), name="source")
    return keras.Model(source, flat(L.RNN([L.LSTMCell(3), L.GRUCell(2)], return_state=True)(source)))


def flat(results):
    return [each for result in results for each in (flat(result) if isinstance(result, (list, tuple)) else [result])]


@model
def time_distributed():
    source = keras.Input((3, 6, 5, 2), name="frames")
    inner = keras.Sequential([keras.Input((6, 5, 2)), L.Conv2D(2, 3, activation="relu"), L.Flatten(), L.Dense(3)], name="inner")
    maps = L.TimeDistributed(L.Conv2D(3, 3, padding="same"))(source)
    maps = L.TimeDistributed(L.BatchNormalization())(maps)
    pooled = L.TimeDistributed(L.MaxPooling2D())(maps)
    flat = L.TimeDistributed(L.Flatten())(pooled)
    return keras.Model(
        source,
        [
            pooled,
            L.TimeDistributed(L.Dense(2, activation="tanh"))(flat),
            L.LSTM(3)(L.TimeDistributed(inner)(source)),
            L.TimeDistributed(L.GlobalAveragePooling2D())(maps),
        ],
    )


@model
def time_distributed_lstm():
    source = keras.Input((None, 4, 3), name="words")
    hidden = L.TimeDistributed(L.LSTM(3))(source)
    return keras.Model(source, [L.LSTM(2)(hidden), L.TimeDistributed(L.LSTM(2, return_sequences=True))(source)])


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


@model(inputs=padded, majors=(2,))
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


@model(tolerance=1e-2)
def half_lstm():
    source = keras.Input((4, 3), name="source")
    return keras.Model(source, [L.LSTM(2, dtype="mixed_float16")(source), L.Bidirectional(L.GRU(2, dtype="mixed_float16"), dtype="mixed_float16")(source)])


@model(tolerance=1e-5)
def stateful():
    source = keras.Input(batch_shape=(3, 4, 2), name="source")
    return keras.Model(source, [L.LSTM(2, stateful=True)(source), L.GRU(2, stateful=True, return_sequences=True)(source)])


@model(archive_in_keras2=True)
def convolutional_lstm():
    source = keras.Input((3, 6, 5, 2), name="frames")
    line = keras.Input((4, 7, 2), name="lines")
    volume = keras.Input((2, 4, 4, 3, 1), name="volumes")
    return keras.Model(
        [source, line, volume],
        [
            L.ConvLSTM2D(2, 3)(source),
            L.ConvLSTM2D(3, (2, 3), padding="same", return_sequences=True)(source),
            L.ConvLSTM2D(2, 2, strides=2, go_backwards=True, return_sequences=True, use_bias=False)(source),
            L.ConvLSTM2D(2, 2, dilation_rate=2, activation="relu", recurrent_activation="tanh")(source),
            L.ConvLSTM1D(2, 3, padding="same", return_sequences=True)(line),
            L.ConvLSTM3D(2, 2)(volume),
            L.Bidirectional(L.ConvLSTM1D(2, 3, return_sequences=True))(line),
        ],
    )


@model
def convolutional_states():
    source = keras.Input((None, 5, 4, 2), name="frames")
    output, *states = L.ConvLSTM2D(2, 3, padding="same", return_state=True, name="first")(source)
    again = L.ConvLSTM2D(2, 3, padding="same", return_sequences=True)(source, initial_state=states)
    return keras.Model(source, [output, *states, again])
