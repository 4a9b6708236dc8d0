"""Networks of one trunk with an exit at each cut, as `fogline split` takes them (BranchyNet)."""

import keras
from keras import layers as L

from .case import model


@model(archive_in_keras2=True)
def residual():
    """Heads that branch off the cut itself; residual connections within a section, one per tier."""
    image = keras.Input((10, 10, 2), name="image")
    stem = L.Conv2D(4, 3, padding="same", activation="relu", name="stem")(image)
    inner = L.Conv2D(4, 3, padding="same", name="edge_conv")(stem)
    edge = L.Activation("relu", name="edge_features")(L.Add()([stem, L.BatchNormalization()(inner)]))
    edge_exit = L.Dense(5, activation="softmax", name="edge_exit")(L.GlobalAveragePooling2D()(edge))
    wide = L.Conv2D(6, 3, strides=2, padding="same", use_bias=False, name="fog_conv")(edge)
    short = L.Conv2D(6, 1, strides=2, name="fog_shortcut")(edge)
    fog = L.ReLU(name="fog_features")(L.Add()([L.BatchNormalization()(wide), short]))
    fog_exit = L.Dense(5, activation="softmax", name="fog_exit")(L.Flatten()(fog))
    deep = L.SeparableConv2D(8, 3, padding="same", activation="relu", name="cloud_conv")(fog)
    deep = L.Dropout(0.3)(L.Flatten()(L.Concatenate()([deep, fog])))
    deep = L.Dense(24, activation="relu", name="cloud_dense")(deep)
    return keras.Model(image, [edge_exit, fog_exit, L.Dense(5, activation="softmax", name="cloud_exit")(deep)])


@model
def mlp():
    """Two tiers; the head branches off before the cut."""
    source = keras.Input((12,), name="readings")
    hidden = L.Dense(16, activation="relu", name="hidden")(source)
    edge_exit = L.Dense(3, activation="softmax", name="edge_exit")(hidden)
    features = L.Dense(6, activation="tanh", name="squeeze")(hidden)
    deep = L.Dense(32, activation="relu", name="deep")(features)
    return keras.Model(source, [edge_exit, L.Dense(3, activation="softmax", name="cloud_exit")(deep)])


@model(archive_in_keras2=True)
def nested():
    """Each tier a model within the model, as the digits example's `whole`; the middle one gives two outputs."""
    c1 = keras.Input((8, 8, 1), name="c1")
    maps = L.MaxPooling2D(name="pool")(L.Conv2D(3, 3, activation="relu", name="conv")(c1))
    edge = keras.Model(c1, [L.Dense(4, activation="softmax", name="out")(L.Flatten()(maps)), maps], name="edge")
    v0_0 = keras.Input((3, 3, 3), name="v0_0")
    maps = L.Conv2D(5, 2, activation="elu", name="conv")(v0_0)
    fog = keras.Model(v0_0, [L.Dense(4, activation="softmax", name="out")(L.GlobalMaxPooling2D()(maps)), maps], name="fog")
    top = keras.Input((2, 2, 5), name="top")
    cloud = keras.Model(top, L.Dense(4, activation="softmax", name="out")(L.Flatten()(L.Conv2D(7, 1)(top))), name="cloud")
    image = keras.Input((8, 8, 1), name="output_0")
    edge_exit, edge_maps = edge(image)
    fog_exit, fog_maps = fog(edge_maps)
    return keras.Model(image, [edge_exit, fog_exit, cloud(fog_maps)])


@model
def shared():
    """One layer in every section: each section file has its own copy of the weights."""
    source = keras.Input((6, 6, 3), name="image")
    block = L.Conv2D(3, 3, padding="same", activation="relu", name="block")
    head = L.Dense(4, activation="softmax", name="head")
    edge = L.MaxPooling2D(2, name="edge_features")(block(block(source)))
    fog = L.Add(name="fog_features")([block(edge), edge])
    deep = block(block(fog))
    flat = L.Flatten()
    return keras.Model(source, [head(flat(edge)), head(flat(fog)), head(flat(deep))])


@model
def backwards():
    """The outputs from the cloud down, and the features among them."""
    source = keras.Input((9,), name="readings")
    features = L.Dense(5, activation="relu", name="features")(source)
    edge_exit = L.Dense(2, activation="softmax", name="edge_exit")(L.Dense(4, name="edge_hidden")(source))
    cloud = L.Dense(7, activation="relu", name="cloud_hidden")(features)
    return keras.Model(source, [L.Dense(2, activation="softmax", name="cloud_exit")(cloud), features, edge_exit])


@model(tolerance=1e-2)
def half():
    """What is handed up is FP32 in the graph, though the policy says half."""
    source = keras.Input((6, 6, 2), name="image")
    maps = L.Conv2D(4, 3, activation="relu", name="features", dtype="mixed_float16")(source)
    edge = L.Dense(3, name="edge_logits", dtype="mixed_float16")(L.Flatten(dtype="mixed_float16")(maps))
    deep = L.Conv2D(6, 3, activation="relu", name="deep", dtype="mixed_float16")(maps)
    cloud = L.Dense(3, name="cloud_logits", dtype="mixed_float16")(L.Flatten(dtype="mixed_float16")(deep))
    last = [L.Activation("softmax", dtype="float32", name=name)(x) for name, x in (("edge", edge), ("cloud", cloud))]
    return keras.Model(source, last)


@model(archive_in_keras2=True)
def recurrent():
    """A sensor's window: the steps go up, the head sees the last of them."""
    window = keras.Input((9, 4), name="window")
    steps = L.LSTM(5, return_sequences=True, name="edge_lstm")(window)
    edge_exit = L.Dense(3, activation="softmax", name="edge_exit")(L.LSTM(3, name="edge_last")(steps))
    both = L.Bidirectional(L.GRU(4, return_sequences=True), name="fog_gru")(steps)
    fog_exit = L.Dense(3, activation="softmax", name="fog_exit")(L.GlobalMaxPooling1D()(both))
    deep = L.TimeDistributed(L.Dense(8, activation="relu"), name="cloud_steps")(both)
    cloud_exit = L.Dense(3, activation="softmax", name="cloud_exit")(L.SimpleRNN(6, name="cloud_rnn")(deep))
    return keras.Model(window, [edge_exit, fog_exit, cloud_exit])


@model
def open_steps():
    """A window of any length: nothing can be run before a sample is there."""
    window = keras.Input((None, 3), name="window")
    steps = L.GRU(4, return_sequences=True, name="steps")(window)
    edge_exit = L.Dense(2, activation="softmax", name="edge_exit")(L.GlobalAveragePooling1D()(steps))
    deep = L.LSTM(6, name="cloud_lstm")(steps)
    return keras.Model(window, [edge_exit, L.Dense(2, activation="softmax", name="cloud_exit")(deep)])


@model(inputs=lambda random, _: [random.integers(0, 5, (3, 7)).astype("int32")])
def masked():
    """Each tier has a mask of its own making: where one went round a cut, it could not be cut."""
    tokens = keras.Input((7,), dtype="int32", name="tokens")
    words = L.LSTM(5, name="words")(L.Embedding(5, 4, mask_zero=True, name="embedding")(tokens))
    edge_exit = L.Dense(3, activation="softmax", name="edge_exit")(words)
    deep = L.Dense(9, activation="relu", name="deep")(words)
    return keras.Model(tokens, [edge_exit, L.Dense(3, activation="softmax", name="cloud_exit")(deep)])


@model(inputs=lambda random, _: [random.integers(0, 5, (3, 7)).astype("int32")])
def masked_around():
    """The mask goes round a cut after the first LSTM."""
    tokens = keras.Input((7,), dtype="int32", name="tokens")
    steps = L.LSTM(4, return_sequences=True, name="steps")(L.Embedding(5, 4, mask_zero=True, name="embedding")(tokens))
    edge_exit = L.Dense(3, activation="softmax", name="edge_exit")(L.LSTM(3, name="edge_lstm")(steps))
    return keras.Model(tokens, [edge_exit, L.Dense(3, activation="softmax", name="cloud_exit")(L.LSTM(5, name="cloud_lstm")(steps))])


@model
def top_first():
    """The head on the cut comes after the end of the trunk: the graph alone leaves open which is which."""
    source = keras.Input((5,), name="readings")
    features = L.Dense(4, activation="relu", name="features")(source)
    edge_exit = L.Dense(2, activation="softmax", name="edge_exit")(features)
    deep = L.Dense(8, activation="relu", name="deep")(features)
    return keras.Model(source, [L.Dense(2, activation="softmax", name="cloud_exit")(deep), edge_exit])
