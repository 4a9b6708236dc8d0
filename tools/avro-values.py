"""Writes tests/fixtures/avro/values.json: Avro values written by fastavro, and what sample they hold.

A case has the writer's schema, perhaps a reader's schema and the fields that are the sample; its values are in hex,
each with the numbers that must come out (for bytes, `datatype` says which ones they are).

    pip install fastavro==1.12.1 && python tools/avro-values.py
"""

import io
import json
import pathlib
import random
import struct

from fastavro import parse_schema, schemaless_writer

FILE = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "avro" / "values.json"
RANDOM = random.Random(20230)
CASES = []


def binary(schema, value):
    """The bytes of one value, without header."""
    buffer = io.BytesIO()
    schemaless_writer(buffer, parse_schema(schema), value)
    return buffer.getvalue().hex()


def case(what, schema, values, **more):
    """Adds a case; values are pairs of what is written and the numbers that are read."""
    pairs = [[binary(schema, value), numbers] for value, numbers in values]
    CASES.append({"what": what, "schema": schema, **more, "values": pairs})


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def array(items):
    return {"type": "array", "items": items}


def record(name, fields, **more):
    return {"type": "record", "name": name, "fields": [{"name": key, "type": kind} for key, kind in fields.items()], **more}


def nullable(kind):
    return ["null", kind]


def primitives():
    ints = [0, 1, -1, 63, 64, -65, 8191, 2**31 - 1, -(2**31)]
    longs = ints + [2**40, -(2**40), 2**52, -(2**52), 2**53 - 2]
    floats = [float32(RANDOM.uniform(-1, 1)) for _ in range(20)] + [0.0, 1.5, -2.25]
    case("a boolean", "boolean", [(True, [1]), (False, [0])])
    case("an int", "int", [(n, [n]) for n in ints])
    case("a long", "long", [(n, [n]) for n in longs])
    case("a float", "float", [(n, [n]) for n in floats])
    case("a double", "double", [(n, [n]) for n in [0.1, 1 / 3, -1e300]])
    case("an array of floats", array("float"), [(floats, floats)])
    case("an array of ints", array("int"), [(ints, ints)])
    case("an array of longs", array("long"), [(longs, longs)])
    case("a time", {"type": "long", "logicalType": "timestamp-millis"}, [(1700000000000, [1700000000000])])


def nested():
    rows = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    flat = [1, 2, 3, 4, 5, 6]
    case("an array of arrays", array(array("double")), [(rows, flat)])
    case("an array of nullable numbers", array(nullable("float")), [([1.0, 2.5], [1, 2.5])])
    case("an array of two kinds of numbers", array(["int", "double"]), [([1, 2.5, -3], [1, 2.5, -3])])
    case("a nullable array", nullable(array("int")), [([7, 8], [7, 8])])


def raw():
    floats = struct.pack("<3f", 1.5, -2.5, 3.0)
    case("bytes of UINT8", "bytes", [(bytes([0, 1, 255]), [0, 1, 255])], datatype="UINT8")
    case("bytes of FP32", "bytes", [(floats, [1.5, -2.5, 3.0])], datatype="FP32")
    fixed = {"type": "fixed", "name": "Pixels", "size": 4}
    case("fixed of UINT8", fixed, [(bytes([9, 8, 7, 6]), [9, 8, 7, 6])], datatype="UINT8")
    case("fixed in a record", record("Image", {"pixels": fixed}), [({"pixels": b"\x01\x02\x03\x04"}, [1, 2, 3, 4])], datatype="UINT8")


def records():
    room = record("Room", {"temperature": "float", "humidity": "double", "people": "int"}, namespace="org.example")
    value = {"temperature": 21.5, "humidity": 0.25, "people": 3}
    case("all fields of a record", room, [(value, [21.5, 0.25, 3])])
    case("fields of a record in another order", room, [(value, [3, 21.5])], fields=["people", "temperature"])
    named = record("Named", {"device": "string", "values": array("float"), "tags": {"type": "map", "values": "string"}})
    case("the only array of a record", named, [({"device": "dévice", "values": [1.0, 2.0], "tags": {"a": "b"}}, [1, 2])])
    seen = record("Seen", {"id": "long", "at": {"type": "long", "logicalType": "timestamp-micros"}, "values": nullable(array("int")), "kind": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}, "previous": nullable("Seen")})
    earlier = {"id": -(2**63), "at": 1, "values": None, "kind": "A", "previous": None}
    later = {"id": 2**63 - 1, "at": 2, "values": [5, 6], "kind": "B", "previous": earlier}
    case("an array beside integers of any size and earlier records", seen, [(later, [5, 6])], fields=["values"])
    case("a nullable record", nullable(room), [(value, [21.5, 0.25, 3])])
    money = record("Money", {"price": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}, "amount": "float"})
    from decimal import Decimal
    case("a number beside a decimal", money, [({"price": Decimal("12.34"), "amount": 2.0}, [2])], fields=["amount"])


def evolution():
    old = record("Reading", {"a": "int", "b": "float"})
    value = {"a": 7, "b": 0.5}
    grown = {"type": "record", "name": "Reading", "fields": [{"name": "a", "type": "double"}, {"name": "c", "type": "float", "default": 9.5}, {"name": "bee", "type": "float", "aliases": ["b"]}]}
    case("a field added with a default, one renamed, one widened", old, [(value, [7, 9.5, 0.5])], reader=grown)
    less = {"type": "record", "name": "Reading", "fields": [{"name": "b", "type": "double"}]}
    case("a field that the reader dropped", old, [(value, [0.5])], reader=less)
    case("an array whose items were widened", array("int"), [([1, 2], [1, 2])], reader=array("double"))
    case("a branch added by the writer", nullable("int"), [(4, [4])], reader=["null", "double"])


def main():
    for add in (primitives, nested, raw, records, evolution):
        add()
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text("[\n" + ",\n".join(json.dumps(one) for one in CASES) + "\n]\n")


main()
