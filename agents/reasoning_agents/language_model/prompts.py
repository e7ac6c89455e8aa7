"""How a question is put to a language model, before the first thought."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any, cast

from transformers import PreTrainedTokenizerBase

from reasoning_gym.family import nearest
from reasoning_gym.problem import Question

SETTINGS_FILE = "reasoning.json"  # {"prompt": "{statement}\n"}, beside the model's weights
PLAIN_PROMPT = "{text}\n\n"
STATEMENT_PROMPT = "{statement}\n"  # of the small models that are trained here
FIELDS = ("statement", "text", "family", "level")


@dataclass(frozen=True, slots=True)
class Prompt:
    r"""What comes before the thoughts: a template of the question's fields, or the tokenizer's chat template.

    >>> Prompt("{family}: {statement}\n").render(Question("sums", 1, "1 + 1?", "an integer"))
    'sums: 1 + 1?\n'
    """

    template: str | None = PLAIN_PROMPT  # None: the tokenizer's chat template

    def __post_init__(self) -> None:
        """Refuse a template that names what a question hasn't got.

        Raises:
            ValueError: for an unknown field or braces that don't close.
        """
        for _, name, form, conversion in Formatter().parse(self.template or ""):
            if name is None:
                continue
            if name not in FIELDS or form or conversion:
                raise ValueError(f"the prompt {self.template!r} has the field {name!r}; {nearest(name, FIELDS)}")

    def render(self, question: Question, tokenizer: PreTrainedTokenizerBase | None = None) -> str:
        """The text before the first thought. A chat template needs the tokenizer."""
        if self.template is not None:
            return self.template.format(
                statement=question.statement, text=question.text, family=question.family, level=question.level
            )
        if tokenizer is None:
            raise ValueError("a chat prompt needs the tokenizer that holds the chat template; pass it to render")
        messages = [{"role": "user", "content": question.text}]
        return cast(
            "str", cast("Any", tokenizer).apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        )


CHAT = Prompt(None)


def choose_prompt(tokenizer: PreTrainedTokenizerBase, settings: Path | None = None) -> Prompt:
    """The prompt of a model: that of its settings file, else the tokenizer's chat template, else a plain one.

    Raises:
        ValueError: if the settings file can't be read as {"prompt": "..."}.
    """
    if settings is not None and settings.is_file():
        return _read_settings(settings)
    return CHAT if cast("Any", tokenizer).chat_template else Prompt()


def write_settings(folder: Path, prompt: Prompt) -> None:
    """Keep a prompt beside a model's weights, where `choose_prompt` finds it."""
    if prompt.template is None:
        raise ValueError("a chat prompt needs no settings file; the tokenizer keeps its chat template itself")
    (folder / SETTINGS_FILE).write_text(json.dumps({"prompt": prompt.template}) + "\n", encoding="utf-8")


def _read_settings(path: Path) -> Prompt:
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f'{path} isn\'t JSON: {error}; write it like {{"prompt": "{{statement}}\\n"}}') from error
    settings = cast("dict[str, object]", content) if isinstance(content, dict) else {}
    for key in settings:
        if key != "prompt":
            raise ValueError(f"{path} has the key {key!r}; {nearest(key, ['prompt'])}")
    template = settings.get("prompt")
    if not isinstance(template, str):
        raise ValueError(f'{path} has no text under \'prompt\'; write it like {{"prompt": "{{statement}}\\n"}}')
    return Prompt(template)
