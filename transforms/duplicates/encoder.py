"""Embeddings of pictures: an ONNX network, and beside it a JSON file that says how it wants its pictures.

Ours is trained to find copies (training/embedding). Any other image encoder serves as well: `encoder.onnx` with an
`encoder.json` of the fields of `Declaration`.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import UserError
from schemas.explain import explain, reason
from transforms.network import Network

OURS = Path(__file__).parent / "model" / "encoder.onnx"
#: Pictures in a run of the network on CUDA at most.
BATCH = 32
#: Components are in steps of 1/1024, so that they hang less on how a processor sums up.
STEPS = 1024

Triple = tuple[float, float, float]
Positive = Annotated[float, Field(gt=0)]
Vectors = NDArray[np.float16]


class Declaration(BaseModel):
    """How an encoder wants its pictures, and what its cosines mean.

    `side`: pixels of the square that it sees; `fit`: a picture is squashed to it, or its shorter side is and the middle
    is cut out; `layout`, `type`: of the input; floats are (x / 255 - mean) / std, bytes are given as they are;
    `output`: its name, the first if none is given; `dimension`: components of an embedding; `threshold`: the cosine
    from which two pictures may be copies; `unlike`: that below which two cannot be copies of a third.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w.\-]+$", description="a word of letters, digits, '.', '-' and '_'")
    side: int = Field(ge=16, le=1024)
    fit: Literal["squash", "crop"] = "squash"
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    type: Literal["float32", "uint8"] = "float32"
    mean: Triple = (0.485, 0.456, 0.406)
    std: tuple[Positive, Positive, Positive] = (0.229, 0.224, 0.225)
    output: str | None = None
    dimension: int = Field(ge=2, le=4096)
    threshold: float = Field(gt=0, lt=1)
    unlike: float = Field(gt=-1, lt=1)


class Encoder:
    """The encoder of an ONNX file; opened at its first use.

    Raises:
        UserError: the file or its declaration is missing or faulty.
    """

    def __init__(self, file: Path = OURS, threads: int = 1) -> None:
        self.file = file
        self.declaration = _declaration(file.with_suffix(".json"))
        self._network = Network(file, threads)

    @cached_property
    def version(self) -> str:
        """Its name with the first 12 hexadecimal digits of the SHA-256 of the network and the declaration.

        Raises:
            UserError: the network cannot be read.
        """
        content = _read(self.file) + self.declaration.model_dump_json().encode()
        return f"{self.declaration.name}+{hashlib.sha256(content).hexdigest()[:12]}"

    def open(self) -> None:
        """Load the network now; raises UserError where it does not fit its declaration."""
        try:
            self._network.open()
            found = self._run([Image.new("RGB", (8, 8))]).shape
        except OSError as error:
            raise UserError(f"{self.file} cannot be read: {error}") from None
        except _faults() as error:
            raise UserError(f"{self.file} does not run as declared: {' '.join(str(error).split())[:300]}") from error
        if found != (1, self.declaration.dimension):
            raise UserError(f"{self.file} gives {found} of one picture, not (1, {self.declaration.dimension})")

    def embed(self, pictures: Sequence[Image.Image]) -> Vectors:
        """Unit vectors (N, dimension) of pictures in mode L or RGB; one does not depend on the others."""
        parts = [self._run(part) for part in self._network.batches(pictures, BATCH)]
        if not parts:
            return np.empty((0, self.declaration.dimension), np.float16)
        vectors = np.concatenate(parts).astype(np.float64)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return (np.round(vectors * STEPS) / STEPS).astype(np.float16)

    def _run(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        stated = self.declaration
        pixels = np.stack([_fit(picture, stated) for picture in pictures])
        if stated.type == "float32":
            mean, std = np.array(stated.mean, np.float32), np.array(stated.std, np.float32)
            pixels = (pixels / np.float32(255) - mean) / std
        if stated.layout == "NCHW":
            pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
        name = self._network.open().get_inputs()[0].name
        return self._network.run([stated.output] if stated.output else None, {name: pixels})[0]


def _faults() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises of a file that is no network or of an input that does not suit it."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    names = ("InvalidProtobuf", "InvalidGraph", "InvalidArgument", "NotImplemented", "RuntimeException", "Fail")
    return (ValueError, *(getattr(state, name) for name in names))


def _fit(picture: Image.Image, stated: Declaration) -> NDArray[np.generic]:
    """A picture as the network sees it: RGB, (side, side, 3)."""
    box = None
    if stated.fit == "crop":
        width, height = picture.size
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        box = (left, top, left + side, top + side)
    small = picture.resize((stated.side,) * 2, Image.Resampling.HAMMING, box, reducing_gap=2.0)
    return np.asarray(small.convert("RGB"))


def _declaration(file: Path) -> Declaration:
    if not file.exists():
        raise UserError(f"{file} is missing: it declares how the encoder wants its pictures")
    try:
        return Declaration.model_validate_json(_read(file))
    except ValidationError as error:
        raise UserError(f"{file}: {explain(error, Declaration)}") from None


def _read(file: Path) -> bytes:
    """The bytes of a file; raises UserError where there is none."""
    if file.exists() and not file.is_file():
        raise UserError(f"{file}: it is no file")  # a pipe would be waited for
    try:
        return file.read_bytes()
    except OSError as error:
        raise UserError(f"{file}: {reason(error)}") from None
