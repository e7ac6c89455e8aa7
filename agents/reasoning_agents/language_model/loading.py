"""Loading a causal language model and what goes with it, from a folder or by Hugging Face id."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import hub

from reasoning_agents.language_model.forward import text_config
from reasoning_agents.language_model.implicit_reward import IMPLICIT_REWARD_FILE, ImplicitReward, ProcessRewardModel
from reasoning_agents.language_model.prompts import SETTINGS_FILE, Prompt, choose_prompt, write_settings
from reasoning_agents.language_model.value_head import VALUE_HEAD_FILE, ValueHead
from reasoning_gym.family import nearest

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
PROCESS_REWARD = "process_reward"  # the folder of a process-reward model in that of the model that it judges
_HUGGING_FACE_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


class Loaded(NamedTuple):
    """What a model's folder holds."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    prompt: Prompt
    value_head: ValueHead | None
    process_reward: ProcessRewardModel | None = None  # of its thoughts


def load(path_or_id: str | Path, *, device: str, dtype: str, revision: str | None = None) -> Loaded:
    """Load a model. A folder is read without the network; only an id of Hugging Face may use it.

    Raises:
        FileNotFoundError: if there is no such folder, or it holds no model or no tokenizer.
        ValueError: for a device or dtype that can't be had.
    """
    place = torch_device(device)
    precision = torch_dtype(dtype)
    source, local = locate(path_or_id)
    options: dict[str, Any] = {"local_files_only": local, "revision": revision}
    try:
        loaded = _load(source, place, precision, options)
        below = {**options, "subfolder": PROCESS_REWARD}
        reward = _beside(source, IMPLICIT_REWARD_FILE, below)
        if reward is None:
            return loaded
        judge = ProcessRewardModel(_load_model(source, place, precision, below), ImplicitReward.load(reward).to(place))
        return loaded._replace(process_reward=judge)
    except OSError as error:
        kind = "the folder" if local else "Hugging Face's model"
        raise FileNotFoundError(f"{kind} {source!r} can't be loaded: {error}") from error


def _load(source: str, place: torch.device, precision: torch.dtype, options: Mapping[str, Any]) -> Loaded:
    """Load a model and what lies beside it."""
    from_tokenizer = cast("Callable[..., PreTrainedTokenizerBase]", cast("Any", AutoTokenizer).from_pretrained)
    tokenizer = from_tokenizer(source, **options)
    model = _load_model(source, place, precision, options)
    prompt = choose_prompt(tokenizer, _beside(source, SETTINGS_FILE, options))
    head = _beside(source, VALUE_HEAD_FILE, options)
    width = cast("int", text_config(model).hidden_size)
    return Loaded(model, tokenizer, prompt, None if head is None else ValueHead.load(head, width).to(place))


def _load_model(
    source: str, place: torch.device, precision: torch.dtype, options: Mapping[str, Any]
) -> PreTrainedModel:
    from_model = cast("Callable[..., PreTrainedModel]", cast("Any", AutoModelForCausalLM).from_pretrained)
    return cast("PreTrainedModel", cast("Any", from_model(source, dtype=precision, **options)).to(place).eval())


def save(
    folder: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompt: Prompt,
    *,
    dtype: torch.dtype,
    value_head: ValueHead | None = None,
    process_reward: ProcessRewardModel | None = None,
) -> None:
    """Write what `load` reads, all or nothing. The models' weights are left as they are, and written as `dtype`."""
    partial = folder.with_name(f"{folder.name}.partial")
    _save_model(partial, model, dtype)
    if process_reward is not None:
        _save_model(partial / PROCESS_REWARD, process_reward.model, dtype)
        process_reward.reward.save(partial / PROCESS_REWARD)
    cast("Any", tokenizer).save_pretrained(partial)
    if prompt.template is not None:
        write_settings(partial, prompt)
    if value_head is not None:
        value_head.save(partial)
    os.replace(partial, folder)


def _save_model(folder: Path, model: PreTrainedModel, dtype: torch.dtype) -> None:
    written = model if model.dtype == dtype else cast("PreTrainedModel", cast("Any", copy.deepcopy(model)).to(dtype))
    cast("Any", written).save_pretrained(folder)


def locate(path_or_id: str | Path) -> tuple[str, bool]:
    """What to load from, and whether it is a folder on this machine.

    Raises:
        FileNotFoundError: for a path where there is no model folder.
    """
    path, text = Path(path_or_id).expanduser(), str(path_or_id)
    if path.is_dir():
        _check_folder(path)
        return str(path), True
    if path.exists():
        raise FileNotFoundError(f"{text!r} is a file; give the folder that holds config.json, weights and tokenizer")
    like_an_id = isinstance(path_or_id, str) and _HUGGING_FACE_ID.fullmatch(text)
    inside_a_folder = "/" in text and Path(text.split("/")[0]).is_dir()
    if not like_an_id or inside_a_folder:
        raise FileNotFoundError(f"there is no folder {text!r}; give a model's folder, or an id such as 'owner/model'")
    return text, False


def _check_folder(path: Path) -> None:
    if not (path / "config.json").is_file():
        raise FileNotFoundError(f"{str(path)!r} holds no config.json, so no model; save one with save_pretrained")
    if not any(path.glob("*token*")) and not any(path.glob("*.model")) and not (path / "vocab.json").is_file():
        raise FileNotFoundError(f"{str(path)!r} holds no tokenizer; save it there with tokenizer.save_pretrained")


def torch_device(name: str) -> torch.device:
    """The device of a name.

    Raises:
        ValueError: if there is no such device here.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device is {name!r}; use 'cpu', 'cuda' or 'cuda:N'") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device is {name!r} but torch sees no CUDA here; use 'cpu' or install torch with CUDA")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"device is {name!r} but there are {torch.cuda.device_count()} CUDA devices, from cuda:0")
    return device


def torch_dtype(name: str) -> torch.dtype:
    """The floating-point type of a name.

    Raises:
        ValueError: for any other name.
    """
    if name not in DTYPES:
        raise ValueError(f"dtype is {name!r}; {nearest(name, DTYPES)}")
    return DTYPES[name]


def _beside(source: str, name: str, options: Mapping[str, Any]) -> Path | None:
    """An optional file of the model."""
    found: str | None = cast("Any", hub).cached_file(
        source, name, _raise_exceptions_for_missing_entries=False, **options
    )
    return None if found is None else Path(found)
