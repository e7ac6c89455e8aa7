"""Finds a model by what a person calls it: a shipped name, a folder, or a Hugging Face id."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from reasoning_baselines.evaluation import ModelIdentity
from reasoning_gym.family import nearest

if TYPE_CHECKING:
    from reasoning_agents.language_model.local import LocalModel

PRETRAINED = Path(__file__).parent / "pretrained"
DEFAULT_MODEL = "tiny-reasoner"
_HUGGING_FACE_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def shipped_models() -> list[str]:
    """The names of the models that are part of this package."""
    return sorted(config.parent.name for config in PRETRAINED.glob("*/config.json"))


def find_model(name: str) -> Path | str:
    """The folder of a model, or its Hugging Face id, which is the only case that may need the network.

    A shipped name comes first, then a folder. What is left must be written like 'owner/model'.

    Raises:
        ValueError: if the name is none of these; the message names the nearest shipped one.
    """
    if name in shipped_models():
        return PRETRAINED / name
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if _HUGGING_FACE_ID.fullmatch(name) and not Path(name.split("/")[0]).is_dir():
        return name
    shipped = shipped_models()
    hint = nearest(name, shipped) if shipped else "this installation ships none"
    raise ValueError(f"there is no model {name!r}: {hint}; or give a model's folder, or a Hugging Face id owner/model")


def load_model(
    name: str, *, device: str = "cpu", dtype: str = "float32", max_thought_tokens: int = 256, threads: int | None = None
) -> tuple[LocalModel, ModelIdentity]:
    """Load a language model by its name, with what a record of a run says of it.

    Raises:
        ValueError: for an unknown name, or a device or dtype that can't be had.
        FileNotFoundError: if there is no whole model in the folder or at Hugging Face.
        ModuleNotFoundError: if torch or transformers isn't installed.
    """
    place = find_model(name)
    from reasoning_agents.language_model.local import LocalModel
    from reasoning_agents.learning import weights_hash

    with quiet(place):
        model = LocalModel.load(
            place, device=device, dtype=dtype, max_thought_tokens=max_thought_tokens, threads=threads
        )
    weights = weights_hash(model.model, model.value_head, *(model.process_reward or ()))
    return model, ModelIdentity(name, weights, device, dtype, max_thought_tokens)


@contextmanager
def quiet(place: Path | str | None) -> Generator[None]:
    """Keep transformers from showing how it reads and writes a model's folder; a download still shows."""
    from transformers.utils import logging

    if isinstance(place, str) or not logging.is_progress_bar_enabled():
        yield
        return
    hide, show = (
        cast("Callable[[], None]", each) for each in (logging.disable_progress_bar, logging.enable_progress_bar)
    )
    hide()
    try:
        yield
    finally:
        show()
