"""Layers of Keras 2 that run on a GPU only: Keras itself brings their weights into layers that run anywhere."""

import pathlib
import tempfile

import keras
from keras import layers as L

from .case import MAJOR, model


class OnGpu:
    """A model that cannot run here, and its twin, which can and loads its files."""

    built = True

    def __init__(self, original, twin):
        self.original, self.twin = original, twin
        self.inputs, self.weights = original.inputs, original.weights
        self.output_names = original.output_names

    def __call__(self, inputs, training=False):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "weights.h5"
            self.original.save_weights(path)
            self.twin.load_weights(path)
        return self.twin(inputs, training=training)

    def save(self, path):
        self.original.save(path)


def both(gpu_lstm, gpu_gru, build):
    return OnGpu(build(gpu_lstm, gpu_gru), build(L.LSTM, L.GRU))


if MAJOR == 2:
    from keras.src.layers.rnn.cudnn_gru import CuDNNGRU
    from keras.src.layers.rnn.cudnn_lstm import CuDNNLSTM

    def layers(lstm, gru):
        source = keras.Input((5, 3), name="source")
        hidden = keras.Input((2,), name="hidden")
        return keras.Model(
            [source, hidden],
            [
                lstm(4)(source),
                gru(2, return_sequences=True, go_backwards=True)(source),
                gru(2)(source, initial_state=hidden),
                *lstm(2, return_sequences=True, return_state=True, name="states")(source),
                L.Bidirectional(lstm(2, return_sequences=True))(source),
                L.Bidirectional(gru(3), merge_mode="sum")(source),
            ],
        )

    @model(majors=(2,))
    def cudnn():
        return both(CuDNNLSTM, CuDNNGRU, layers)
