"""Image encoders small enough to follow by hand, written as ONNX byte by byte, since nothing else here writes it."""

import json

import numpy as np

FLOAT32, OPSET = 1, 13


def write_encoder(file, weights=None, side=16, **declaration):
    """An encoder at `file`, with its declaration: all values of a picture one after the other, times `weights`."""
    values = 3 * side * side
    nodes = [_node("Flatten", ["images"], ["flat" if weights is not None else "embeddings"])]
    constants = []
    if weights is not None:
        nodes.append(_node("MatMul", ["flat", "weights"], ["embeddings"]))
        constants.append(_constant("weights", weights))
    dimension = values if weights is None else weights.shape[1]
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, "encoder"),
            *(_field(5, constant) for constant in constants),
            _field(11, _named("images", ["N", 3, side, side])),
            _field(12, _named("embeddings", ["N", dimension])),
        ]
    )
    file.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(2, OPSET)))
    declare(file, side=side, dimension=dimension, **declaration)
    return file


def declare(file, **stated):
    usual = {"name": "tiny", "side": 16, "dimension": 768, "threshold": 0.6, "unlike": 0.3}
    file.with_suffix(".json").write_text(json.dumps(usual | stated))


def projection(dimension, side=16, seed=0):
    """Weights by which a picture's embedding has few components, most of its angles to others kept."""
    return np.random.default_rng(seed).normal(size=(3 * side * side, dimension)).astype(np.float32)


def _field(number, value):
    """A field of a protocol buffer: a whole number, or what has a length."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value):
    digits = []
    while value > 127:
        digits.append(value & 127 | 128)
        value >>= 7
    return bytes([*digits, value])


def _node(operator, inputs, outputs):
    return b"".join(
        [*(_field(1, name) for name in inputs), *(_field(2, name) for name in outputs), _field(4, operator)]
    )


def _named(name, shape):
    sides = b"".join(_field(1, _field(2 if isinstance(side, str) else 1, side)) for side in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT32) + _field(2, sides)))


def _constant(name, values):
    sides = b"".join(_field(1, side) for side in values.shape)
    return sides + _field(2, FLOAT32) + _field(8, name) + _field(9, values.astype("<f4").tobytes())
