"""Exported networks whose convolutions work on 8-bit numbers: half the time on a CPU.

The ranges are those of the samples given. Weights have 7 bits: products of 8 by 8 overflow the sums of processors
without VNNI. Convolutions from or to a few channels stay exact: they would lose most and gain nothing. So may those
beside them, the next to lose most. So do matrix products: attention in 8 bits saved a tenth of the detector's time and
cost more than all of its convolutions.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.halved import write

FEW = 8  # channels


class Samples(CalibrationDataReader):  # type: ignore[misc]
    """What a network takes, one sample at a time."""

    def __init__(self, samples: Iterable[Mapping[str, Any]]) -> None:
        self._samples = iter(samples)

    def get_next(self) -> dict[str, Any] | None:
        """The next sample, None after the last."""
        sample = next(self._samples, None)
        return None if sample is None else dict(sample)


def quantize(
    exported: Path,
    samples: Iterable[Mapping[str, Any]],
    file: Path,
    beside: bool = False,
    kept: Container[str] = (),
    kinds: Sequence[str] = ("Conv",),
) -> None:
    """Write an exported network with 8-bit numbers, of the ranges that they have for `samples` of its inputs.

    With `beside` the convolutions right before and after exact ones are exact, too, and so are those that are `kept`.
    `kinds` are the nodes that work on such numbers: of "Clip" nothing remains, for the range itself bounds them.
    """
    prepared, quantized = exported.with_suffix(".prepared.onnx"), exported.with_suffix(".quantized.onnx")
    quant_pre_process(str(exported), str(prepared), skip_symbolic_shape=True)
    model = onnx.load(prepared)
    quantize_static(
        str(prepared),
        str(quantized),
        Samples(samples),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=list(kinds),
        nodes_to_exclude=[*exact(model, beside), *(node.name for node in model.graph.node if node.name in kept)],
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    write(quantized.read_bytes(), file)


def exact(model: onnx.ModelProto, beside: bool) -> list[str]:
    """The names of the convolutions that keep to floating point."""
    weights = {tensor.name: tensor.dims for tensor in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    few = {node.name for node in convolutions if _channels(node, weights[node.input[1]]) < FEW}
    if not beside:
        return sorted(few)
    maker = {output: node for node in model.graph.node for output in node.output}
    pairs = [(source.name, node.name) for node in convolutions if (source := _rectified(node.input[0], maker))]
    return sorted(few | {name for pair in pairs if few.intersection(pair) for name in pair})


def _channels(convolution: onnx.NodeProto, weights: Sequence[int]) -> int:
    """Those that a convolution works from or to, the fewer of both; each of its groups sees a part of them."""
    groups = next((each.i for each in convolution.attribute if each.name == "group"), 1)
    return min(weights[0], weights[1] * groups)


def _rectified(values: str, maker: Mapping[str, onnx.NodeProto]) -> onnx.NodeProto | None:
    """What made values, before their rectification."""
    node = maker.get(values)
    return maker.get(node.input[0]) if node is not None and node.op_type == "Relu" else node
