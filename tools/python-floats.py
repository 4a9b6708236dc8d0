"""Writes tests/fixtures/python/floats.json: how Python itself writes numbers and predictions.

`texts` are pairs of a double's bits (big-endian, in hex) and its `repr`; `predictions` are the bits of 32-bit
floats, and the values that Kafka-ML's inference and the thesis prototype's funnel make of them.

    python3.11 tools/python-floats.py
"""

import json
import math
import pathlib
import random
import struct

FILE = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "python" / "floats.json"
RANDOM = random.Random(20230)
EDGES = [
    0.0, -0.0, 1.0, -1.0, 0.5, 0.1, 100.0, 123456789.0, 1e15, 1e16, 1e17, 9999999999999998.0, 12345678901234567.0,
    1.5e16, 1e21, 1e22, 1e100, 1.7976931348623157e308, 1e-3, 1e-4, 1.2345e-4, 9.999e-5, 1e-5, 1e-7, 1e-10, 5e-324,
    2.2250738585072014e-308, 2.0**53, 2.0**53 + 2, 2.0**63, 1 / 3, -2 / 3, 1.5142156371439341e-05,
]


def float32(bits):
    """The 32-bit float of these bits, widened to a double."""
    return struct.unpack(">f", struct.pack(">I", bits))[0]


def random_floats(count, low=0, high=2**32):
    """Finite 32-bit floats of random bits."""
    found = []
    while len(found) < count:
        value = float32(RANDOM.randrange(low, high))
        if math.isfinite(value):
            found.append(value)
    return found


def random_doubles(count):
    """Finite doubles of random bits."""
    found = []
    while len(found) < count:
        value = struct.unpack(">d", RANDOM.randbytes(8))[0]
        if math.isfinite(value):
            found.append(value)
    return found


def bits32(values):
    return [struct.pack(">f", value).hex() for value in values]


def prediction(values):
    # What `prediction.tolist()` gives for a batch of one: 32-bit floats, widened.
    rows = [[float32(int(bits, 16)) for bits in bits32(values)]]
    return {
        "floats": bits32(values),
        "kafkaMl": json.dumps({"values": rows[0]}),
        "prototype": json.dumps(rows),
    }


def main():
    # Bits from 2^-24 to 1 are what probabilities have.
    doubles = EDGES + random_floats(150) + random_floats(150, 0x33800000, 0x3F800000) + random_doubles(100)
    predictions = [[1.0], [0.0, 1.0], random_floats(10, 0x33800000, 0x3F800000), random_floats(10), [-0.0, 1e-5, 16777216.0]]
    content = {
        "texts": [[struct.pack(">d", value).hex(), repr(value)] for value in doubles],
        "predictions": [prediction(values) for values in predictions],
    }
    FILE.parent.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(pair) for pair in content["texts"])
    more = ",\n".join(json.dumps(one) for one in content["predictions"])
    FILE.write_text(f'{{"texts": [\n{lines}\n],\n"predictions": [\n{more}\n]}}\n')


main()
