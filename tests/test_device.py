import pytest
import torch
from torch import nn

from hilum.device import Device, has_bf16
from hilum.schema import ConfigError

CPU = torch.device("cpu")


@pytest.mark.parametrize("flag", ["avx512_bf16", "amx_bf16", "arm_bf16"])
def test_bf16_is_chosen_where_the_machine_multiplies_it(monkeypatch: pytest.MonkeyPatch, flag: str) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {flag: True, "avx512_f": True})
    assert has_bf16(CPU)
    assert Device.choose("cpu", "auto").bf16
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {flag: False, "avx512_f": True})
    assert not has_bf16(CPU)
    assert not Device.choose("cpu", "auto").bf16


@pytest.mark.parametrize(("precision", "bf16"), [("fp32", False), ("bf16", True)])
def test_what_is_asked_for_is_done(precision: str, bf16: bool) -> None:
    device = Device.choose("cpu", precision)  # type: ignore[arg-type]
    assert device.bf16 == bf16
    assert device.facts()["precision"] == precision
    with device.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (torch.bfloat16 if bf16 else torch.float32)


@pytest.mark.parametrize("channels_last", [True, False])
def test_layout_changes_memory_and_no_value(channels_last: bool) -> None:
    device = Device.choose("cpu", "fp32", channels_last)
    layer = device.place(nn.Conv2d(3, 4, 3))
    images = torch.rand(2, 3, 8, 8)
    assert layer.weight.is_contiguous(memory_format=torch.channels_last) == channels_last  # type: ignore[union-attr, operator]
    assert torch.equal(device.layout(images), images)
    assert device.layout(images).is_contiguous(memory_format=torch.channels_last) == channels_last


def test_the_cpu_is_taken_where_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Device.choose().torch_device == CPU


@pytest.mark.parametrize(("name", "message"), [("gpu", "no device 'gpu'"), ("cuda:99", "'cuda:99' is not here")])
def test_what_is_not_there_is_refused(name: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Device.choose(name)
