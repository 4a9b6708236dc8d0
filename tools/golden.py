"""Makes the golden vectors of tests/fixtures/models with real Keras.

Each model has random weights and is saved by the version that runs this. A family of models is one archive,
`<family>.keras<major>.zip`: the models, `golden.json` (which model has which inputs and outputs) and `vectors.bin`
(inputs and outputs one after the other, as little-endian values).

    python tools/golden.py [FAMILY ...]        # once with Keras 3.15, once with Keras 2.15
"""

import importlib
import json
import os
import pathlib
import sys
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np

from golden.archive import DATATYPES, Archive
from golden.case import CASES, MAJOR, Case, input_values, random_for, randomize

FOLDER = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "models"
FAMILIES = pathlib.Path(__file__).parent / "golden"
NOT_FAMILIES = ("__init__", "archive", "case")


def make(case: Case, archive: Archive, vectors: bytearray, folder: pathlib.Path):
    """Adds one case to the archive; gives its line of the index."""

    def store(array):
        start = len(vectors)
        vectors.extend(np.ascontiguousarray(array).tobytes())
        return {"datatype": DATATYPES[array.dtype.name], "shape": list(array.shape), "offset": start}

    keras.backend.clear_session()
    random = random_for(case)
    built = case.build()
    if not built.built:
        built.build((None, 4))
    randomize(random, built)
    tensors = built.inputs
    inputs = case.inputs(random, tensors) if case.inputs else [input_values(random, each) for each in tensors]
    outputs = built(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    files = []
    for extension in case.formats:
        path = folder / f"{case.name}.{extension}"
        built.save(path)
        archive.add(path.name, path.read_bytes())
        files.append(path.name)
    line = {
        "files": files,
        "inputs": [store(array) for array in inputs],
        "outputs": [store(np.asarray(array)) for array in outputs],
        "outputNames": list(getattr(built, "output_names", None) or [built.layers[-1].name]),
    }
    return line if case.tolerance is None else {**line, "tolerance": case.tolerance}


def main():
    found = sorted(path.stem for path in FAMILIES.glob("*.py") if path.stem not in NOT_FAMILIES)
    families = sys.argv[1:] or found
    for family in families:
        importlib.import_module(f"golden.{family}")
    for family in families:
        archive, vectors, lines = Archive(), bytearray(), []
        with tempfile.TemporaryDirectory() as folder:
            for case in CASES:
                if case.family == family:
                    lines.append(make(case, archive, vectors, pathlib.Path(folder)))
        if not lines:
            continue
        archive.add("golden.json", json.dumps({"keras": keras.__version__, "cases": lines}))
        archive.add("vectors.bin", bytes(vectors))
        (FOLDER / f"{family}.keras{MAJOR}.zip").write_bytes(archive.finish())


main()
