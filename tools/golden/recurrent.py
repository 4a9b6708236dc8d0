"""Layers that go through time."""

import keras
from keras import layers as L

from .case import MAJOR, fan, model


@model(archive_in_keras2=True)
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


@model(archive_in_keras2=True)
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


@model(archive_in_keras2=True)
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


@model(archive_in_keras2=True)
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


@model(inputs=lambda random, tensors: [random.standard_normal((3, 9, 6)).astype("float32")])
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


@model(archive_in_keras2=True)
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


@model(archive_in_keras2=True)
def shared_and_nested():
    """Layers called twice, within a model that is a layer; one of them frozen."""
    inner_source = keras.Input((4, 3))
    frozen = L.LSTM(3, return_sequences=True, name="frozen")
    both = L.Bidirectional(L.GRU(2, return_sequences=True), name="both")
    inner = keras.Model(inner_source, L.SimpleRNN(3, return_sequences=True)(both(frozen(inner_source))), name="inner")
    frozen.trainable = False
    left, right = keras.Input((4, 3), name="left"), keras.Input((4, 3), name="right")
    shared = L.LSTM(2, name="shared")
    return keras.Model([left, right], [shared(inner(left)), shared(right), L.GRU(2)(inner(inner(right)))])


@model(archive_in_keras2=True)
def times_of_times():
    source = keras.Input((2, 3, 4, 2), name="source")
    inner_source = keras.Input((4, 2))
    inner = keras.Model(inner_source, [L.LSTM(2)(inner_source), L.Flatten()(inner_source)], name="inner")
    each = L.TimeDistributed(L.TimeDistributed(L.Dense(2)))(source)
    once = L.TimeDistributed(L.TimeDistributed(L.Bidirectional(L.LSTM(2))))(each)
    first = keras.Model(inner_source, inner(inner_source)[0], name="first")
    return keras.Model(source, [each, once, L.TimeDistributed(L.TimeDistributed(first))(source)])
