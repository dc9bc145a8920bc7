"""Degrade figures as publishing does: gray, casts, contrast, rescaling, noise, JPEG."""

import cv2
import numpy as np
from numpy.random import Generator

from training.detector.compose.contents import Pixels


def degrade(rng: Generator, image: Pixels) -> Pixels:
    """Apply some of these to a figure, at random; its size stays."""
    if rng.random() < 0.12:
        image = np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if rng.random() < 0.02:
        image = 255 - image
    if rng.random() < 0.2:
        gain = rng.uniform(0.7, 1.1, 3) if rng.random() < 0.4 else np.full(3, rng.uniform(0.75, 1.15))
        image = np.clip(image * gain + rng.uniform(-12, 12), 0, 255).astype(np.uint8)
    height, width = image.shape[:2]
    if rng.random() < 0.3:
        factor = rng.uniform(0.45, 0.95)
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.12:
        noise = rng.normal(0, rng.uniform(2, 12), (height, width, 1))
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.integers(20, 95))
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    return image
