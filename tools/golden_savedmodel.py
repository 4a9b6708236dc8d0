"""Makes the golden vectors of SavedModels with real TensorFlow.

Each case is a folder as `model.export` (Keras 3), `model.save` (Keras 2) or `tf.saved_model.save` writes it; what it
answers is what TensorFlow's own loader gives for a signature. All of a version are one archive,
`tests/fixtures/models/savedmodel.tf<version>.zip`: the folders, `golden.json` and `vectors.bin` (as in tools/golden.py).

    python tools/golden_savedmodel.py [NAME ...]        # once with Keras 3.15, once with Keras 2.15
"""

import json
import os
import pathlib
import sys
import tempfile
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf

from golden.archive import DATATYPES, Archive
from golden_savedmodels import keras_models, modules
from golden_savedmodels.case import CASES, MAJOR

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "models"
# What a loader does not need; `keras_metadata.pb` stays where a case is about it.
NOT_STORED = ("fingerprint.pb", "keras_metadata.pb")


def values(random, spec):
    sizes = [3 if axis == 0 and size is None else 5 if size is None else size for axis, size in enumerate(spec.shape)]
    dtype = np.dtype(spec.dtype.as_numpy_dtype)
    if dtype == np.bool_:
        return random.integers(0, 2, sizes).astype(dtype)
    if np.issubdtype(dtype, np.integer):
        return random.integers(0, 5, sizes).astype(dtype)
    return (random.standard_normal(sizes) * 2).astype(dtype)


def make(case, archive, vectors, folder):
    """Adds one case to the archive; gives its line of the index."""

    def store(name, array):
        start = len(vectors)
        vectors.extend(np.ascontiguousarray(array).tobytes())
        return {"name": name, "datatype": DATATYPES[array.dtype.name], "shape": list(array.shape), "offset": start}

    keras.backend.clear_session()
    keras.utils.set_random_seed(zlib.crc32(case.name.encode()) % 2**31)
    random = np.random.default_rng(zlib.crc32(case.name.encode()))
    path = folder / case.name
    case.write(random, path)
    for file in sorted(each for each in path.rglob("*") if each.is_file()):
        if file.name not in NOT_STORED or case.keeps_metadata:
            archive.add(f"{case.name}/{file.relative_to(path)}", file.read_bytes())
    if case.refused is not None:
        return {"name": case.name, "calls": [], "refused": case.refused}
    loaded = tf.saved_model.load(str(path))
    lines = []
    for name in case.signatures:
        call = loaded.signatures[name]
        inputs = {key: values(random, spec) for key, spec in call.structured_input_signature[1].items()}
        outputs = call(**{key: tf.constant(value) for key, value in inputs.items()})
        lines.append(
            {
                "signature": name,
                "inputs": [store(key, inputs[key]) for key in sorted(inputs)],
                "outputs": [store(key, outputs[key].numpy()) for key in sorted(outputs)],
            }
        )
    index = {"name": case.name, "calls": lines}
    return index if case.tolerance is None else {**index, "tolerance": case.tolerance}


def main():
    keras_models.register()
    modules.register()
    wanted = sys.argv[1:]
    archive, vectors, lines = Archive(), bytearray(), []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            if not wanted or case.name in wanted:
                print(case.name, flush=True)
                lines.append(make(case, archive, vectors, pathlib.Path(folder)))
    version = ".".join(tf.__version__.split(".")[:2])
    archive.add("golden.json", json.dumps({"tensorflow": tf.__version__, "cases": lines}))
    archive.add("vectors.bin", bytes(vectors))
    name = f"savedmodel.tf{version}.zip"
    # Of some cases alone, to be looked at.
    target = (pathlib.Path(tempfile.gettempdir()) if wanted else FOLDER) / name
    target.write_bytes(archive.finish())


main()
