"""Trains the digits network and writes every generated file of this example.

`python train.py`, with Keras 3 on TensorFlow and npm on the path. Some four minutes on two cores.
"""

import json
import os
import re
import time
from pathlib import Path

THREADS = 2
os.environ.update(
    KERAS_BACKEND="tensorflow", OMP_NUM_THREADS=str(THREADS), TF_CPP_MIN_LOG_LEVEL="3"
)

import keras
import numpy as np
import tensorflow as tf

import mnist
from exits import TIERS, Outputs, choose_thresholds, leaving_tier, measure, sweep_table, table
from mnist import Digits
from sections import cloud_section, edge_section, fog_section, whole

SEED = 2023
EPOCHS = 24
BATCH = 128
HELD_OUT = 6000
# All exits are trained at once, on the weighted sum of their losses (BranchyNet).
LOSS_WEIGHTS = {"edge": 0.5, "fog": 0.7, "cloud": 1.0}

SWEEP = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
# Every tenth test digit is shipped, not the first thousand: they are harder than the later ones.
SHIPPED = slice(None, None, 10)
GOLDEN = 20
GOLDEN_FEATURES = 8

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Trains, saves, chooses the thresholds on held-out digits, and measures on the test digits."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)

    digits, test = mnist.load()
    order = np.random.default_rng(SEED).permutation(len(digits))
    held_out, training = digits[order[:HELD_OUT]], digits[order[HELD_OUT:]]

    started = time.perf_counter()
    sections = {"edge": edge_section(), "fog": fog_section(), "cloud": cloud_section()}
    train(sections, training)
    print(f"trained in {time.perf_counter() - started:.0f} s")
    shipped = test[SHIPPED]
    sections = save(sections, shipped)

    held_out_outputs = run(sections, held_out)
    thresholds = choose_thresholds(held_out_outputs)
    write_thresholds(thresholds)
    write_shipped(sections, shipped, thresholds)
    sweep = [
        measure(held_out_outputs, held_out.labels, {"edge": both, "fog": both}) for both in SWEEP
    ]
    write_results(
        {
            "seed": SEED,
            "epochs": EPOCHS,
            "trainedOn": len(training),
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "parameters": {tier: section.count_params() for tier, section in sections.items()},
            "test": measure(run(sections, test), test.labels, thresholds),
            "shipped": measure(run(sections, shipped), shipped.labels, thresholds),
            "heldOut": measure(held_out_outputs, held_out.labels, thresholds),
            "heldOutSweep": sweep,
        }
    )


def train(sections: dict[str, keras.Model], digits: Digits) -> None:
    """Trains all exits jointly; the sections hold the weights afterwards."""
    network = whole(**sections)
    steps = EPOCHS * (len(digits) // BATCH)
    network.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        loss=["sparse_categorical_crossentropy"] * len(TIERS),
        loss_weights=[LOSS_WEIGHTS[tier] for tier in TIERS],
    )
    random = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        some = mnist.shifted(digits[random.permutation(len(digits))], random)
        targets = [some.labels] * len(TIERS)
        fit = network.fit(some.inputs(), targets, batch_size=BATCH, shuffle=False, verbose=0)
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {fit.history['loss'][0]:.4f}", flush=True)


def save(sections: dict[str, keras.Model], some: Digits) -> dict[str, keras.Model]:
    """Writes both formats, reads them back and returns what the .keras files hold."""
    (HERE / "models").mkdir(exist_ok=True)
    read = {}
    for suffix in ("h5", "keras"):
        for tier, section in sections.items():
            file = HERE / "models" / f"{tier}.{suffix}"
            section.save(file, include_optimizer=False)
            read[tier] = keras.saving.load_model(file, compile=False)
        before, after = run(sections, some).predictions, run(read, some).predictions
        if any(np.abs(before[tier] - after[tier]).max() > 1e-6 for tier in TIERS):
            raise SystemExit(f"Cannot save as .{suffix}: what is read back predicts otherwise")
    return read


def run(sections: dict[str, keras.Model], digits: Digits) -> Outputs:
    """Runs every section on every digit, whether or not it would have left earlier."""
    edge_exit, edge_features = sections["edge"].predict(digits.inputs(), verbose=0)
    fog_exit, fog_features = sections["fog"].predict(edge_features, verbose=0)
    cloud_exit = sections["cloud"].predict(fog_features, verbose=0)
    return Outputs(
        {"edge": edge_exit, "fog": fog_exit, "cloud": cloud_exit},
        {"edge": edge_features, "fog": fog_features},
    )


def write_thresholds(thresholds: dict[str, float]) -> None:
    """Puts the thresholds into fogline.yaml, each at its tier."""
    file = HERE / "fogline.yaml"
    text = file.read_text()
    for tier, threshold in thresholds.items():
        at_tier = rf"(name: {tier}\n(?:(?!.*name:).*\n)*?.*threshold: )[\d.]+"
        text, found = re.subn(at_tier, rf"\g<1>{threshold}", text)
        if found != 1:
            raise SystemExit(f'Cannot write the threshold of "{tier}": {found} found (one wanted)')
    file.write_text(text)


def write_shipped(
    sections: dict[str, keras.Model], digits: Digits, thresholds: dict[str, float]
) -> None:
    """Writes the shipped digits, and what Keras makes of the first of them."""
    digits.images.tofile(HERE / "digits.u8")
    digits.labels.tofile(HERE / "labels.u8")
    first = digits[:GOLDEN]
    outputs = run(sections, first)
    leaving = leaving_tier(outputs, thresholds)
    places = {tier: feature_places(values) for tier, values in outputs.features.items()}
    head = {
        "about": "What Keras gives for the first digits of digits.u8, whichever tier answers. "
        "Of the features only those at featuresAt, places in the flattened tensor, are here.",
        "keras": keras.__version__,
        "scale": mnist.SCALE,
        "featuresShape": {tier: values.shape[1:] for tier, values in outputs.features.items()},
        "featuresAt": {tier: at.tolist() for tier, at in places.items()},
    }
    rows = [
        {
            "label": int(first.labels[row]),
            "leavesAt": TIERS[leaving[row]],
            "predictions": {
                tier: significant(values[row]) for tier, values in outputs.predictions.items()
            },
            "features": {
                tier: significant(values[row].ravel()[places[tier]])
                for tier, values in outputs.features.items()
            },
        }
        for row in range(GOLDEN)
    ]
    fields = [f'"{key}": {json.dumps(value)}' for key, value in head.items()]
    fields.append('"digits": [\n    ' + ",\n    ".join(map(json.dumps, rows)) + "\n  ]")
    (HERE / "golden.json").write_text("{\n  " + ",\n  ".join(fields) + "\n}\n")


def feature_places(features: np.ndarray) -> np.ndarray:
    """Eight places spread over the map and its channels: a corner alone would say little."""
    size = features[0].size
    return np.linspace(0.1 * size, 0.9 * size, GOLDEN_FEATURES).astype(int)


def significant(values: np.ndarray) -> list[float]:
    """Seven significant digits: what a float32 holds."""
    return [float(f"{value:.7g}") for value in values]


def write_results(results: dict) -> None:
    """Writes results.json and results.md, and puts the table into README.md."""
    (HERE / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    test = table(results["test"])
    text = f"""# Results

Written by train.py. All {results["test"]["digits"]} test digits:

{test}

The {results["shipped"]["digits"]} of them in digits.u8:

{table(results["shipped"])}

With one threshold at edge and fog, the {results["heldOut"]["digits"]} held-out training digits:

{sweep_table(results["heldOutSweep"])}
"""
    (HERE / "results.md").write_text(text)
    readme = HERE / "README.md"
    marks = "<!-- results -->\n", "\n<!-- end of results -->"
    before, rest = readme.read_text().split(marks[0])
    readme.write_text(before + marks[0] + test + marks[1] + rest.split(marks[1])[1])
    print(text)


if __name__ == "__main__":
    main()
