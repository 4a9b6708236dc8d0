"""Rewrites two small models of tests/fixtures/models as other tools would: same layers, same numbers.

Chunks, filters, byte orders, file versions and zip variants that Keras itself does not write, but `h5repack`,
PyTables, MATLAB, streaming zip writers and `cat` do. Each must answer exactly as the original. What HDF5 pads with
zeros is most of such a file: each is kept as `NAME.gz`.

    python tools/rewritten.py     # with h5py 3.16, of HDF5 2.0
"""

import gzip
import io
import pathlib
import shutil
import tempfile
import zipfile

import h5py
import numpy as np

MODELS = pathlib.Path(__file__).parent.parent / "tests" / "fixtures" / "models"
FOLDER = MODELS.parent / "rewritten"
H5 = "early_exit.keras3.h5"
KERAS = "early_exit.keras3.keras"
# What the original leaves out: no model is made of it.
SKIPPED = ("optimizer_weights",)
# As HDF5 1.14 writes where files need not be read by older versions.
NEWER = {"libver": ("v114", "v114")}


def most(shape):
    """Chunks that do not divide the shape: the last one of each axis reaches beyond it."""
    return tuple((size * 2 + 2) // 3 for size in shape)


def copy(source, target, dataset):
    """Copies groups, attributes and datasets; `dataset(group, name, values)` writes the latter."""
    for name, value in source.attrs.items():
        target.attrs.create(name, value, dtype=source.attrs.get_id(name).dtype)
    for name, member in source.items():
        if name in SKIPPED:
            continue
        if isinstance(member, h5py.Group):
            copy(member, target.create_group(name), dataset)
        else:
            dataset(target, name, member[()])


def keep(name, content):
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def rewrite(name, dataset, **options):
    keep(f"{name}.h5", rewritten(MODELS / H5, dataset, **options))


def rewritten(source, dataset, **options):
    with tempfile.NamedTemporaryFile() as file:
        with h5py.File(source) as before, h5py.File(file.name, "w", **options) as after:
            copy(before, after, dataset)
        return pathlib.Path(file.name).read_bytes()


def plain(group, name, values):
    group.create_dataset(name, data=values)


def packed(chunks=most, **options):
    def write(group, name, values):
        group.create_dataset(name, data=values, chunks=chunks(values.shape), **options)

    return write


def growing(axes, **options):
    """Chunks of a dataset that may grow along `axes`: the index is another one for one axis and for more."""

    def write(group, name, values):
        shape_max = tuple(None if axis in [a % values.ndim for a in axes] else size for axis, size in enumerate(values.shape))
        group.create_dataset(name, data=values, chunks=most(values.shape), maxshape=shape_max, **options)

    return write


def roomy(group, name, values):
    """Chunks of a dataset that may grow to a known size: the index has room for all of it."""
    shape_max = tuple(3 * size for size in values.shape)
    group.create_dataset(name, data=values, chunks=most(values.shape), maxshape=shape_max)


def early(group, name, values):
    """Room for every chunk from the beginning: no index is needed."""
    space = h5py.h5s.create_simple(values.shape)
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk(most(values.shape))
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    created = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, properties)
    created.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(values))


def compact(group, name, values):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple(values.shape)
    created = h5py.h5d.create(group.id, name.encode(), h5py.h5t.IEEE_F32LE, space, properties)
    created.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ascontiguousarray(values))


def big_endian(group, name, values):
    group.create_dataset(name, data=values.astype(values.dtype.newbyteorder(">")))


def named_type(group, name, values):
    """Of a datatype that the file describes once, by name."""
    if "float of the file" not in group.file:
        group.file["float of the file"] = values.dtype
    group.create_dataset(name, data=values, dtype=group.file["float of the file"])


def whole(shape):
    return shape


def filtered():
    rewrite("gzip", packed(compression="gzip"))
    rewrite("gzip-shuffle", packed(compression="gzip", shuffle=True))
    rewrite("lzf", packed(compression="lzf"))
    rewrite("lzf-shuffle-fletcher32", packed(compression="lzf", shuffle=True, fletcher32=True))
    rewrite("fletcher32", packed(fletcher32=True))


def chunked():
    rewrite("chunked", packed())
    rewrite("one-chunk", packed(whole))
    for version in ("v114", "v200"):
        of_version = {"libver": (version, version)}
        rewrite(f"{version}-one-chunk", packed(whole), **of_version)
        rewrite(f"{version}-one-chunk-gzip", packed(whole, compression="gzip"), **of_version)
        rewrite(f"{version}-implicit", early, **of_version)
        rewrite(f"{version}-fixed-array-gzip", packed(compression="gzip"), **of_version)
        rewrite(f"{version}-fixed-array-roomy", roomy, **of_version)
        rewrite(f"{version}-extensible-array-gzip", growing([0], compression="gzip"), **of_version)
        rewrite(f"{version}-tree-gzip", growing([0, 1], compression="gzip"), **of_version)
    rewrite("v114-fixed-array", packed(), **NEWER)
    rewrite("v114-extensible-array", growing([-1]), **NEWER)
    rewrite("v114-tree", growing([0, 1]), **NEWER)


def versions():
    for bounds in (("earliest", "latest"), ("earliest", "v108"), ("v108", "v108"), ("v110", "v110"), ("v112", "latest")):
        rewrite("-".join(bounds), plain, libver=bounds)
    rewrite("v114-tracked", plain, track_order=True, **NEWER)
    rewrite("user-block-512", plain, userblock_size=512)
    rewrite("user-block-4096", plain, userblock_size=4096, **NEWER)
    rewrite("big-endian", big_endian)
    rewrite("compact", compact)
    rewrite("named-type", named_type)


class Stream(io.RawIOBase):
    """Somewhere to write that cannot be gone back in: sizes follow the content of each entry."""

    def __init__(self):
        self.content = bytearray()

    def writable(self):
        return True

    def write(self, content):
        self.content += content
        return len(content)


def entries():
    with zipfile.ZipFile(MODELS / KERAS) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def archives():
    parts = entries()
    keep("deflated.keras", archive(io.BytesIO(), parts, zipfile.ZIP_DEFLATED))
    keep("streamed.keras", archive(Stream(), parts, zipfile.ZIP_DEFLATED))
    keep("streamed-stored.keras", archive(Stream(), parts, zipfile.ZIP_STORED))
    keep("zip64.keras", archive(io.BytesIO(), parts, zipfile.ZIP_DEFLATED, force_zip64=True))
    keep("zip64-streamed.keras", archive(Stream(), parts, zipfile.ZIP_DEFLATED, force_zip64=True))
    keep("zip64-directory.keras", with_zip64_directory(archive(io.BytesIO(), parts, zipfile.ZIP_STORED)))
    keep("aligned.keras", with_aligned_weights(parts))
    prefix = b"#!/bin/sh\nexec unzip $0\n"
    whole_archive = archive(io.BytesIO(), parts, zipfile.ZIP_DEFLATED)
    keep("prefix.keras", prefix + whole_archive)
    keep("comment.keras", archive(io.BytesIO(), parts, zipfile.ZIP_DEFLATED, comment=b"PK\x05\x06 is what an end begins with"))
    packed_weights = io.BytesIO(parts["model.weights.h5"])
    parts["model.weights.h5"] = rewritten(packed_weights, packed(compression="gzip", shuffle=True), **NEWER)
    keep("packed-weights.keras", archive(io.BytesIO(), parts, zipfile.ZIP_DEFLATED))


def archive(target, parts, compression, force_zip64=False, comment=b""):
    with zipfile.ZipFile(target, "w", compression) as file:
        file.comment = comment
        for name, content in parts.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = compression
            with file.open(info, "w", force_zip64=force_zip64) as entry:
                entry.write(content)
    return bytes(target.content) if isinstance(target, Stream) else target.getvalue()


def with_aligned_weights(parts):
    """Weights where HDF5 looks for the beginning of a file behind other bytes, as falls out for some models."""
    stored = archive(io.BytesIO(), parts, zipfile.ZIP_STORED)
    at = stored.index(b"\x89HDF")
    blanks = b" " * ((1 << at.bit_length()) - at)
    return archive(io.BytesIO(), {**parts, "config.json": parts["config.json"] + blanks}, zipfile.ZIP_STORED)


def with_zip64_directory(content):
    """As Java and Info-ZIP write when they do not know how large it gets: all sizes in 64 bits."""
    end = content.rindex(b"PK\x05\x06")
    count, size, at = (int.from_bytes(content[end + start : end + start + width], "little") for start, width in ((10, 2), (12, 4), (16, 4)))
    entries, position = b"", at
    for _ in range(count):
        fixed, name_size, extra_size = content[position : position + 46], *(
            int.from_bytes(content[position + start : position + start + 2], "little") for start in (28, 30)
        )
        name = content[position + 46 : position + 46 + name_size]
        packed_size, full_size, header = fixed[20:24], fixed[24:28], fixed[42:46]
        extra = b"\x01\x00\x18\x00" + b"".join(part + bytes(4) for part in (full_size, packed_size, header))
        entries += fixed[:20] + b"\xff" * 8 + fixed[28:30] + len(extra).to_bytes(2, "little") + fixed[32:42] + b"\xff" * 4 + name + extra
        position += 46 + name_size + extra_size
    eight = lambda value: value.to_bytes(8, "little")
    end64 = b"PK\x06\x06" + eight(44) + b"\x2d\x00\x2d\x00" + bytes(8) + eight(count) * 2 + eight(len(entries)) + eight(at)
    locator = b"PK\x06\x07" + bytes(4) + eight(at + len(entries)) + b"\x01\x00\x00\x00"
    return content[:at] + entries + end64 + locator + b"PK\x05\x06" + bytes(4) + b"\xff" * 12 + bytes(2)


def indexes():
    """One file of datasets of many chunks, each with another index, and a group of many members."""
    count = 1100
    numbers = (np.arange(count) * 7 % 251).astype("uint8")
    with tempfile.NamedTemporaryFile() as file:
        with h5py.File(file.name, "w", **NEWER) as written:
            written.create_dataset("fixed_array", data=numbers, chunks=(1,))
            written.create_dataset("extensible_array", data=numbers, chunks=(1,), maxshape=(None,))
            table = numbers.reshape(22, 50)
            written.create_dataset("tree", data=table, chunks=(1, 3), maxshape=(None, None))
            written.create_dataset("tree_gzip", data=table, chunks=(3, 4), maxshape=(None, None), compression="gzip")
            group = written.create_group("many")
            for index in range(60):
                group.create_dataset(f"member_{index}", data=np.uint8(index))
                group.attrs[f"attribute_{index}"] = f"text {index}"
            group.attrs["long"] = "long " * 20_000
            group.attrs["names"] = ["äöü", "", "name"]
        keep("indexes.h5", pathlib.Path(file.name).read_bytes())
    with tempfile.NamedTemporaryFile() as file:
        with h5py.File(file.name, "w") as written:
            written.create_dataset("tree_1", data=numbers[:130], chunks=(1,))
            written.create_dataset("wide", data=numbers[:24].astype(">u2").reshape(2, 3, 4), chunks=(2, 2, 3))
            written.create_dataset("flags", data=numbers[:24] % 3 == 0)
            written.create_dataset("half", data=numbers[:24].astype(">f2"))
            written.create_dataset("double", data=-numbers[:24].astype(">f8"), chunks=(5,), compression="lzf", shuffle=True)
            written.create_dataset("long", data=numbers[:24].astype(">i8") - 100, chunks=(5,), fletcher32=True)
        keep("numbers.h5", pathlib.Path(file.name).read_bytes())


if __name__ == "__main__":
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    filtered()
    chunked()
    versions()
    archives()
    indexes()
