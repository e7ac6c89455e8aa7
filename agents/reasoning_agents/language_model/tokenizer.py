"""A character-level tokenizer for the small models that are trained from scratch here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

PAD, BOS, EOS, UNKNOWN = "<pad>", "<bos>", "<eos>", "<unk>"
SPECIAL_TOKENS = (PAD, BOS, EOS, UNKNOWN)  # ids 0 to 3
CHARACTERS = "\n" + "".join(map(chr, range(ord(" "), ord("~") + 1)))  # the line break and printable ASCII


def build_character_tokenizer(characters: Iterable[str] = CHARACTERS) -> PreTrainedTokenizerFast:
    r"""A tokenizer with one token a character: ids 0 to 3 are special, characters follow in their order.

    Nothing is added to a text (no bos, no eos); a character it doesn't know becomes `<unk>`; the
    names of special tokens in a text are read as the characters that they are made of, so a
    question can't smuggle in an end mark.

    >>> tokenizer = build_character_tokenizer("ab\n")
    >>> tokenizer.encode("ba\n")
    [5, 4, 6]
    >>> tokenizer.decode([5, 4, 6])
    'ba\n'

    Raises:
        ValueError: if an entry isn't a single character.
    """
    ordered = list(dict.fromkeys(characters))
    for character in ordered:
        if len(character) != 1:
            raise ValueError(f"{character!r} isn't a single character; give characters one by one")
    vocabulary = {token: index for index, token in enumerate([*SPECIAL_TOKENS, *ordered])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    construct = cast("Callable[..., PreTrainedTokenizerFast]", PreTrainedTokenizerFast)  # untyped upstream
    return construct(
        tokenizer_object=tokenizer,
        pad_token=PAD,
        bos_token=BOS,
        eos_token=EOS,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
        split_special_tokens=True,
    )
