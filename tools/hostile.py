"""Makes the hostile files of tests/fixtures/hostile: each must be refused fast, in little memory, with its reason.

Most are a good model of tests/fixtures/models with one thing wrong that h5py or a few patched bytes can do. Nothing in
them does harm to any program that reads with care. Each is kept as `NAME.gz`: bombs are mostly zeros.

    python tools/hostile.py     # with h5py 3.14
"""

import gzip
import io
import json
import pathlib
import struct
import tempfile
import zipfile
import zlib

import h5py
import numpy as np

from rewritten import MODELS, copy, plain

FOLDER = MODELS.parent / "hostile"
# The weights that are replaced, in the `.h5` and in the weights of the `.keras` file.
H5_WEIGHT = "model_weights/exit/exit/kernel"
MEBI = 1024**2


def keep(name, content):
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(bytes(content), 9, mtime=0))


def changed(change, **options):
    """The good `.h5` after `change(file)`."""
    with tempfile.NamedTemporaryFile() as file:
        with h5py.File(MODELS / "early_exit.keras3.h5") as before, h5py.File(file.name, "w", **options) as after:
            copy(before, after, plain)
            change(after)
        return bytearray(pathlib.Path(file.name).read_bytes())


def with_weight(create, **options):
    """The good `.h5` with other weights of one layer: `create(group, name)`."""

    def change(file):
        del file[H5_WEIGHT]
        create(file[H5_WEIGHT.rsplit("/", 1)[0]], H5_WEIGHT.rsplit("/", 1)[1])

    return changed(change, **options)


def hdf5_links():
    def link(kind):
        return with_weight(lambda group, name: group.__setitem__(name, kind))

    keep("soft-link.h5", link(h5py.SoftLink("/model_weights/conv2d/conv2d/kernel")))
    keep("external-link.h5", link(h5py.ExternalLink("/etc/passwd", "/kernel")))
    keep("external-file.h5", with_weight(lambda g, n: g.create_dataset(n, (64, 10), "f4", external=[("/etc/passwd", 0, 2560)])))

    def virtual(group, name):
        layout = h5py.VirtualLayout((64, 10), "f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "kernel", (64, 10))
        group.create_virtual_dataset(name, layout)

    keep("virtual.h5", with_weight(virtual, libver="latest"))


def hdf5_sizes():
    keep("declares-2-60.h5", with_weight(lambda g, n: g.create_dataset(n, (2**50, 256), "f4")))
    keep("declares-2-60-chunks.h5", with_weight(lambda g, n: g.create_dataset(n, (2**50, 256), "f4", chunks=(64, 10))))
    keep("one-chunk-of-4-gib.h5", with_weight(lambda g, n: g.create_dataset(n, (64, 10), "f4", chunks=(2**14, 2**15), maxshape=(None, None))))
    keep("never-written.h5", with_weight(lambda g, n: g.create_dataset(n, (64, 10), "f4", chunks=(8, 10))))
    zeros = np.zeros((64 * MEBI // 40, 10), "f4")
    keep("chunk-bomb.h5", with_weight(lambda g, n: g.create_dataset(n, data=zeros, chunks=zeros.shape, compression="gzip", compression_opts=9)))

    def direct(packed, **options):
        def create(group, name):
            dataset = group.create_dataset(name, (64, 10), "f4", chunks=(64, 10), **options)
            dataset.id.write_direct_chunk((0, 0), packed)

        return with_weight(create)

    keep("chunk-larger-than-it-says.h5", direct(zlib.compress(bytes(64 * MEBI), 9), compression="gzip"))
    keep("chunk-that-is-none.h5", direct(b"\x78\x9c" + b"\xff" * 64, compression="gzip"))
    keep("lzf-before-its-beginning.h5", direct(b"\x00\x01" + b"\xff\xff\xff" * 64, compression="lzf"))
    keep("scale-offset.h5", with_weight(lambda g, n: g.create_dataset(n, data=np.ones((64, 10), "i4"), chunks=(64, 10), scaleoffset=4)))

    def brain_float(group, name):
        kind = h5py.h5t.IEEE_F32LE.copy()
        kind.set_fields(15, 7, 8, 0, 7)
        kind.set_size(2)
        space = h5py.h5s.create_simple((64, 10))
        h5py.h5d.create(group.id, name.encode(), kind, space).write(h5py.h5s.ALL, h5py.h5s.ALL, np.ones((64, 10), "f4"))

    keep("brain-float.h5", with_weight(brain_float))
    keep("compound.h5", with_weight(lambda g, n: g.create_dataset(n, data=np.zeros((64, 10), [("a", "f4"), ("b", "i4")]))))


def hdf5_walks():
    def patched(content, signature, change):
        at = content.index(signature)
        change(content, at)
        return content

    def circle(content, at):
        content[at + 5] = 1
        struct.pack_into("<Q", content, at + 32, at)

    good = lambda: changed(lambda file: None)
    keep("group-at-itself.h5", patched(good(), b"TREE\x00", circle))

    def chunk_circle(content, at):
        content[at + 5] = 1
        struct.pack_into("<H", content, at + 6, 1)
        struct.pack_into("<Q", content, at + 24 + 32, at)

    chunked = with_weight(lambda g, n: g.create_dataset(n, data=np.ones((64, 10), "f4"), chunks=(8, 10)))
    keep("chunks-at-themselves.h5", patched(chunked, b"TREE\x01", chunk_circle))
    keep("address-beyond-2-53.h5", patched(good(), b"TREE", lambda content, at: struct.pack_into("<Q", content, at + 32, 2**60)))
    keep("truncated.h5", good()[:9000])
    keep("header-at-itself.h5", header_at_itself(good()))
    keep("tree-that-multiplies.h5", tree_that_multiplies())
    keep("text-of-many-names.h5", text_of_many_names())
    keep("one-dataset-of-many-layers.h5", one_dataset_of_many_layers())


def header_at_itself(content):
    """A block of messages whose continuation is that block."""
    for at in range(0, len(content) - 24, 8):
        kind, size = struct.unpack_from("<HH", content, at)
        if (kind, size) != (0x10, 16):
            continue
        block, block_bytes = struct.unpack_from("<QQ", content, at + 8)
        if 0 < block_bytes < len(content) - block and block > 0:
            content[block : block + 8] = struct.pack("<HHI", 0x10, 16, 0)
            struct.pack_into("<QQ", content, block + 8, block, 24)
            struct.pack_into("<QQ", content, at + 8, block, 24)
            return content
    raise ValueError("no continuation")


def tree_that_multiplies():
    """A tree of names of 16 levels: each node has eleven children that are all the same one."""

    def crowd(file):
        for index in range(40):
            file["model_weights"].create_group(f"layer_{index}")

    content = changed(crowd, libver="latest")
    tree = next(at for at in range(len(content)) if content[at : at + 6] == b"BTHD\x00\x05")
    node_bytes, record_bytes, _, _, _, root = struct.unpack_from("<IHHBBQ", content, tree + 6)
    record = content[root + 6 : root + 6 + record_bytes]
    levels, child = 16, len(content)
    content += b"BTLF\x00\x05" + record
    widths, total, fitting = [0, 0], (node_bytes - 10) // record_bytes, 0
    count_bytes = (total.bit_length() + 7) // 8
    for level in range(1, levels + 1):
        width = widths[level]
        next_child = len(content)
        pointer = struct.pack("<Q", child) + (10 if level > 1 else 1).to_bytes(count_bytes, "little") + bytes(width)
        content += b"BTIN\x00\x05" + record * 10 + pointer * 11
        fitting = (node_bytes - 10 - 8 - count_bytes - width) // (record_bytes + 8 + count_bytes + width)
        total = (fitting + 1) * total + fitting
        widths.append((total.bit_length() + 7) // 8)
        child = next_child
    struct.pack_into("<HBBQH", content, tree + 12, levels, 100, 40, child, 10)
    return content


def text_of_many_names():
    """Three thousand names of layers that are all the same long text in the heap."""
    count, text = 3000, "x" * 60_000

    def change(file):
        names = np.array([text] + ["y"] * (count - 1), dtype=object)
        del file["model_weights"].attrs["layer_names"]
        file["model_weights"].attrs.create("layer_names", names, dtype=h5py.string_dtype())

    content = changed(change)
    at = content.index(struct.pack("<I", len(text)))
    while content[at + 16 : at + 20] != struct.pack("<I", 1):
        at = content.index(struct.pack("<I", len(text)), at + 1)
    content[at : at + 16 * count] = content[at : at + 16] * count
    return content


def one_dataset_of_many_layers():
    """A megabyte of weights that three hundred layers share by hard links."""
    count, units = 300, 512
    dense = {"class_name": "Dense", "config": {"units": units, "activation": "linear", "use_bias": False, "dtype": "float32"}}
    first = {"class_name": "InputLayer", "config": {"name": "first", "batch_shape": [None, units], "dtype": "float32"}}
    names = [f"dense_{index}" for index in range(count)]
    layers = [first] + [{**dense, "config": {**dense["config"], "name": name}} for name in names]
    with tempfile.NamedTemporaryFile() as file:
        with h5py.File(file.name, "w") as written:
            written.attrs["keras_version"] = "3.15.1"
            written.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": layers}})
            weights = written.create_group("model_weights")
            weights.attrs["layer_names"] = np.array(names, "S")
            shared = weights.create_group(names[0])
            shared.attrs["weight_names"] = np.array(["kernel"], "S")
            shared["kernel"] = np.zeros((units, units), "f4")
            for name in names[1:]:
                weights[name] = shared
        return pathlib.Path(file.name).read_bytes()


def parts():
    with zipfile.ZipFile(MODELS / "dense.keras3.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archive(entries, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression, compresslevel=9) as file:
        for name, content in entries.items():
            file.writestr(zipfile.ZipInfo(name), content, compression)
    return bytearray(target.getvalue())


def field(content, name, offset, value):
    """Sets four bytes of the directory's entry of `name`."""
    at = content.rindex(name.encode()) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, at + offset, value)
    return content


def archives():
    good = parts()
    keep("zip-bomb.keras", archive({**good, "model.weights.h5": bytes(64 * MEBI)}))
    keep("zip-bomb-that-lies.keras", field(archive({**good, "config.json": bytes(8 * MEBI)}), "config.json", 24, 1000))
    keep("json-bomb.keras", archive({**good, "config.json": bytes(64 * MEBI)}))
    keep("json-of-many-objects.keras", archive({**good, "config.json": b"[" + b"{}," * (5 * MEBI) + b"{}]"}))
    keep("json-of-brackets.keras", archive({**good, "config.json": b"[" * (15 * MEBI)}))
    keep("bzip2.keras", archive(good, zipfile.ZIP_BZIP2))
    encrypted = archive(good)
    at = encrypted.index(b"PK\x01\x02")
    encrypted[at + 8] |= 1
    keep("encrypted.keras", encrypted)
    with tempfile.NamedTemporaryFile() as file:
        with h5py.File(file.name, "w") as written:
            zeros = np.zeros((256 * MEBI // 12, 3), "f4")
            written.create_dataset("layers/dense/vars/0", data=zeros, chunks=(2 * MEBI, 3), compression="gzip", compression_opts=9)
        keep("bomb-in-a-bomb.keras", archive({**good, "model.weights.h5": pathlib.Path(file.name).read_bytes()}))
    keep("overlapping.keras", overlapping(good))
    keep("one-header-of-many-entries.keras", field(archive(good, zipfile.ZIP_STORED), "config.json", 42, 0))
    keep("zip64-beyond-2-53.keras", zip64_beyond(good))
    keep("directory-before-its-beginning.keras", archive(good)[200:])


def overlapping(good):
    """The whole entry of the weights lies in the content of another one, as in a bomb without nesting."""
    inner = archive({"model.weights.h5": good["model.weights.h5"]}, zipfile.ZIP_STORED)
    inner_entry = inner[: inner.index(b"PK\x01\x02")]
    content = archive({**good, "quote": bytes(inner_entry)}, zipfile.ZIP_STORED)
    return field(content, "model.weights.h5", 42, content.rindex(inner_entry))


def zip64_beyond(good):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, content in good.items():
            info = zipfile.ZipInfo(name)
            # An extra field of zip64 with sizes beyond what any file has.
            info.extra = struct.pack("<HHQQQ", 1, 24, 2**60, 2**60, 2**60)
            file.writestr(info, content)
    content = bytearray(target.getvalue())
    at = content.index(b"PK\x01\x02")
    content[at + 20 : at + 28] = b"\xff" * 8
    return content


def configurations():
    good = parts()
    config = good["config.json"].decode()

    def with_config(before, after):
        assert before in config
        return archive({**good, "config.json": config.replace(before, after)})

    keep("lambda.keras", with_config('"class_name": "Dropout"', '"class_name": "Lambda"'))
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAAAAAAAAAAAAAEAAAADAAAA8wQAAAA=", "defaults": None, "closure": None}}
    keep("lambda-as-activation.keras", with_config('"activation": "tanh"', f'"activation": {json.dumps(code)}'))
    keep("custom-module.keras", with_config('"module": "keras.layers", "class_name": "Dense"', '"module": "os", "class_name": "system"'))
    keep("infinite-number.keras", with_config('"units": 3', '"units": 1e400'))
    keep("class-of-the-prototype.keras", with_config('"class_name": "Dropout"', '"class_name": "__proto__"'))
    deep = '{"class_name": "Sequential", "config": {"name": "n", "layers": ['
    keep("models-in-models.keras", archive({**good, "config.json": deep * 2000 + "]}}" * 2000}))

    start = {"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [None, 2], "dtype": "float32"}, "inbound_nodes": []}
    taken = {"class_name": "__keras_tensor__", "config": {"shape": [None, 2], "dtype": "float32", "keras_history": ["x", 0, 0]}}
    add = {"class_name": "Add", "module": "keras.layers", "name": "y", "config": {"name": "y", "dtype": "float32"}, "inbound_nodes": [{"args": [[taken] * 25_000], "kwargs": {}}]}
    model = {"layers": [start, add], "input_layers": [["x", 0, 0]], "output_layers": [["y", 0, 0]]}
    keep("sum-of-many.keras", archive({**good, "config.json": json.dumps({"class_name": "Functional", "config": model})}))


def varint(value):
    value &= 2**64 - 1
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(content + bytes([value]))


def message(*fields):
    """A protobuf message of (number, integer or bytes) pairs."""
    content = b""
    for number, value in fields:
        if isinstance(value, int):
            content += varint(number * 8) + varint(value)
        else:
            content += varint(number * 8 + 2) + varint(len(value)) + value
    return content


FLOAT, INT64 = 1, 7


def onnx(nodes, tensors, name="y"):
    def value(name):
        shape = message((1, message((2, b"n"))), (1, message((1, 2))))
        return message((1, name.encode()), (2, message((1, message((1, FLOAT), (2, shape))))))

    graph = message(*((1, node) for node in nodes), (2, b"g"), *((5, tensor) for tensor in tensors), (11, value("x")), (12, value(name)))
    return message((1, 9), (7, graph), (8, message((2, 20))))


def node(operator, inputs, outputs, *attributes):
    return message(
        *((1, each.encode()) for each in inputs), *((2, each.encode()) for each in outputs), (4, operator.encode()), *attributes
    )


def tensor(sizes, content, kind=FLOAT, name=b"c"):
    return message(*((1, size) for size in sizes), (2, kind), (8, name), (9, content))


def models():
    add = node("Add", ["x", "c"], ["y"])
    keep("external-data.onnx", onnx([add], [tensor([2], b"") + message((13, message((1, b"location"), (2, b"/etc/passwd"))), (14, 1))]))
    keep("tensor-larger-than-it-is.onnx", onnx([add], [tensor([2**40], bytes(8))]))
    keep("tensor-of-negative-size.onnx", onnx([add], [tensor([-1, -2], bytes(8))]))
    keep("tensor-of-many-axes.onnx", onnx([add], [message((1, b"\x01" * MEBI), (2, FLOAT), (8, b"c"), (9, bytes(4)))]))
    nested = node("If", ["x"], ["y"])
    for _ in range(2000):
        graph = message((1, nested), (2, b"g"))
        nested = node("If", ["x"], ["y"], (5, message((1, b"then_branch"), (6, graph), (20, 5))))
    keep("graphs-in-graphs.onnx", onnx([nested], []))
    keep("number-without-end.onnx", b"\x08" + b"\xff" * 100)
    keep("message-longer-than-the-file.onnx", message((1, 9)) + b"\x3a" + varint(2**60))
    # It may be loaded, but not computed to be loaded.
    huge = tensor([1], struct.pack("<q", 2**28), INT64)
    keep("computes-a-gigabyte.onnx", onnx([node("ConstantOfShape", ["c"], ["d"]), node("ReduceSum", ["d"], ["e"]), node("Add", ["x", "e"], ["y"])], [huge]))
    good = onnx([add], [tensor([2], bytes(8))])
    keep("two-graphs.onnx", good + message((7, message((2, b"g")))))
    keep("operators-without-end.onnx", message((1, 9)) + b"\x3a" + varint(4_000_000) + b"\x0a\x00" * 2_000_000)
    keep("fields-without-end.onnx", good + b"\x72\x00" * 2_000_000)
    keep("unknown-operator.onnx", onnx([node("Shell", ["x", "c"], ["y"])], [tensor([2], bytes(8))]))
    keep("pickle.h5", b"\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.")


if __name__ == "__main__":
    for before in FOLDER.glob("*.gz"):
        before.unlink()
    hdf5_links()
    hdf5_sizes()
    hdf5_walks()
    archives()
    configurations()
    models()
