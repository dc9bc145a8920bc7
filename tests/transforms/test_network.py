"""Networks run by ONNX Runtime: where they run, how they are opened, what happens when a device fails."""

import pickle
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from schemas.errors import Outage
from transforms import network
from transforms.network import CPU, CUDA, Network, cuda_answers
from transforms.panels.detector import MODEL, SIDE

PANELS = MODEL / "panels.onnx"


def test_threads_are_bounded_and_a_session_is_opened_once():
    assert Network(PANELS, 2).open().get_session_options().intra_op_num_threads == 2
    assert Network(PANELS, 2).open() is Network(PANELS, 2).open()


def test_it_travels_without_its_weights_and_opens_at_its_first_use(monkeypatch):
    monkeypatch.setattr(network, "_session", None)
    travelled = pickle.dumps(Network(PANELS, 3))
    assert len(travelled) < 500
    assert pickle.loads(travelled).file == PANELS


def test_outputs_by_name():
    figures = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    (scores,) = Network(PANELS).run(["scores"], {"images": figures})
    assert scores.shape[0] == 1


def test_a_device_that_fails_is_an_outage(monkeypatch):
    class Broken:
        def run(self, outputs, inputs):
            raise onnxruntime.capi.onnxruntime_pybind11_state.Fail("CUDA out of memory")

        def get_providers(self):
            return [CUDA, CPU]

    monkeypatch.setattr(network, "_session", lambda *_: Broken())
    with pytest.raises(Outage, match=r"panels\.onnx on CUDAExecutionProvider: CUDA out of memory"):
        Network(Path("panels.onnx")).run(None, {})


@pytest.mark.parametrize("answers", [True, False])
def test_cuda_is_asked_for_where_it_answers_and_the_cpu_stands_behind_it(monkeypatch, answers):
    asked = []
    monkeypatch.setattr(network, "cuda_answers", lambda: answers)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: asked.append("libraries"), raising=False)
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda weights, options, providers: asked.extend(providers))
    network._session.__wrapped__(PANELS, 1, True)
    names = [provider if isinstance(provider, str) else provider[0] for provider in asked]
    assert names == (["libraries", CUDA, CPU] if answers else [CPU])


def test_cuda_does_not_answer_where_there_is_no_driver(monkeypatch):
    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(network.ctypes, "CDLL", missing)
    assert not cuda_answers.__wrapped__()


@pytest.mark.parametrize(("status", "devices", "answers"), [(0, 1, True), (0, 0, False), (100, 0, False)])
def test_cuda_answers_where_the_driver_knows_a_device(monkeypatch, status, devices, answers):
    class Driver:
        def cuInit(self, flags):
            return status

        def cuDeviceGetCount(self, count):
            count._obj.value = devices
            return status

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(network.ctypes, "CDLL", lambda name: Driver())
    assert cuda_answers.__wrapped__() is answers


@pytest.mark.parametrize(("provider", "sizes"), [(CPU, [4, 4, 1]), (CUDA, [8, 1])])
def test_a_cpu_works_on_few_pictures_at_once_a_gpu_on_many(monkeypatch, provider, sizes):
    monkeypatch.setattr(Network, "provider", provider)
    batches = list(Network(PANELS).batches(range(9), 8))
    assert [len(batch) for batch in batches] == sizes
    assert [item for batch in batches for item in batch] == list(range(9))


def test_no_batch_of_nothing():
    assert list(Network(PANELS).batches([], 8)) == []
