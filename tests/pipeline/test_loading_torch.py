"""A dataset in PyTorch: DataLoader's workers, and a reader like open_clip's that a small CLIP learns from.

PyTorch is no dependency: its own site names the build, CPU or CUDA, for a machine. Where it lies these tests run.
"""

import re
from collections import Counter

import numpy as np
import pytest
import webdataset
from test_loading import execute, published

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch from its own site")

TORCH = 3


@pytest.fixture
def folder(outputs):
    return outputs["default"] / "dataset"


def captions(folder):
    return Counter(row["caption"] for row in published(folder)["train"])


def test_the_snippet_for_pytorch(folder, monkeypatch):
    names = execute(folder, TORCH, monkeypatch)
    assert names["loader"].num_workers == min(4, len(names["tars"])) > 1
    found = list(names["loader"])
    assert Counter(caption for _, caption in found) == captions(folder)
    assert {picture.size for picture, _ in found} == {
        (row["width"], row["height"]) for row in published(folder)["train"]
    }


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_workers_share_the_tars(folder, workers):
    tars = sorted(map(str, folder.glob("webdataset/train-*.tar")))
    samples = webdataset.WebDataset(tars, shardshuffle=len(tars), seed=7).shuffle(10)
    loader = torch.utils.data.DataLoader(samples, batch_size=None, num_workers=workers)
    for _ in range(2):  # epochs
        keys = Counter(sample["__key__"] for sample in loader)
        assert keys == Counter(row["panel_id"] for row in published(folder)["train"])


@pytest.mark.parametrize("workers", [0, 2])
def test_workers_share_the_parquet_files_through_datasets(folder, workers, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    rows = datasets.load_dataset(str(folder), split="train", streaming=True).select_columns(["panel_id", "caption"])
    loader = torch.utils.data.DataLoader(rows.shuffle(seed=7, buffer_size=16), batch_size=None, num_workers=workers)
    found = Counter(row["panel_id"] for row in loader)
    assert found == Counter(row["panel_id"] for row in published(folder)["train"])


SIZE, WORDS, CONTEXT = 32, 1000, 77


def tokenise(text):
    """Numbers of words, as many as CLIP reads."""
    numbers = [sum(map(ord, word)) % (WORDS - 1) + 1 for word in re.findall(r"\w+", text.lower())][:CONTEXT]
    return torch.tensor(numbers + [0] * (CONTEXT - len(numbers)))


def preprocess(picture):
    resized = picture.convert("RGB").resize((SIZE, SIZE))
    return torch.from_numpy(np.asarray(resized).copy()).permute(2, 0, 1).float() / 255


def reader(tars, batch, workers):
    """open_clip_train.data.get_wds_dataset, of open_clip 3.3, with its keys and stages."""
    pipeline = webdataset.DataPipeline(
        webdataset.SimpleShardList(tars, seed=7),
        webdataset.split_by_node,
        webdataset.split_by_worker,
        webdataset.tarfile_to_samples(handler=webdataset.reraise_exception),
        webdataset.shuffle(20, initial=10),
        webdataset.select(lambda sample: "txt" in sample and ("png" in sample or "jpg" in sample)),
        webdataset.decode("pilrgb", handler=webdataset.reraise_exception),
        webdataset.rename(image="jpg;png;jpeg;webp", text="txt"),
        webdataset.map_dict(image=preprocess, text=tokenise),
        webdataset.to_tuple("image", "text"),
        webdataset.batched(batch, partial=True),
    )
    return webdataset.WebLoader(pipeline, batch_size=None, shuffle=False, num_workers=workers)


class Towers(torch.nn.Module):
    """A tower for pictures and one for texts, into one space."""

    def __init__(self):
        super().__init__()
        self.pictures = torch.nn.Sequential(
            torch.nn.Conv2d(3, 16, 4, 4), torch.nn.GELU(), torch.nn.Flatten(), torch.nn.LazyLinear(32)
        )
        self.words = torch.nn.EmbeddingBag(WORDS, 32, padding_idx=0)
        self.scale = torch.nn.Parameter(torch.tensor(2.0))

    def forward(self, pictures, texts):
        one, other = self.pictures(pictures), self.words(texts)
        return self.scale.exp() * torch.nn.functional.normalize(one) @ torch.nn.functional.normalize(other).T


def contrastive(similarity):
    """CLIP's loss: each picture finds its text, each text its picture."""
    truth = torch.arange(len(similarity))
    cross_entropy = torch.nn.functional.cross_entropy
    return (cross_entropy(similarity, truth) + cross_entropy(similarity.T, truth)) / 2


@pytest.mark.parametrize("workers", [0, 2])
def test_a_small_clip_learns_from_the_tars(folder, workers):
    torch.manual_seed(7)
    loader = reader(sorted(map(str, folder.glob("webdataset/train-*.tar"))), 8, workers)
    towers = Towers()
    towers(*next(iter(loader)))  # the lazy layer finds its size
    optimiser = torch.optim.Adam(towers.parameters(), 3e-3)
    losses = []
    for _ in range(8):
        epoch, count = 0.0, 0
        for pictures, texts in loader:
            loss = contrastive(towers(pictures, texts))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            epoch, count = epoch + loss.item() * len(pictures), count + len(pictures)
        losses.append(epoch / count)
        assert count == sum(captions(folder).values())
    assert losses[-1] < 0.7 * losses[0], losses
