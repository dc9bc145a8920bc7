"""Where tests keep pictures to be fetched."""

import numpy as np
from PIL import Image

from transforms.duplicates.proofs import proof
from transforms.duplicates.registration import SIDE, thumbnail


class Shelf:
    """Pictures by their rows; `asked` are the rows whose thumbnails were fetched, `proved` those whose proofs were."""

    def __init__(self):
        self._pixels, self._proofs, self.asked, self.proved = [], [], [], []

    def put(self, picture):
        self._pixels.append(np.frombuffer(thumbnail(picture), np.uint8).reshape(SIDE, SIDE))
        self._proofs.append(proof(picture))
        return len(self._pixels) - 1

    def thumbnails(self, table):
        rows = table["row"].to_pylist()
        self.asked += rows
        return np.stack([self._pixels[row] for row in rows])

    def proofs(self, table):
        rows = table["row"].to_pylist()
        self.proved += rows
        return [self._proofs[row] for row in rows]


class Blank:
    """Every picture shows nothing: no pair is a copy."""

    def thumbnails(self, table):
        return np.zeros((len(table), SIDE, SIDE), np.uint8)

    def proofs(self, table):
        return [proof(Image.new("L", (SIDE, SIDE)))] * len(table)
