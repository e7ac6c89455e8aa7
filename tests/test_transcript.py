"""Transcripts: where a sampled thought ends, with which ids texts are read, and how a question is put."""

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from toy_views import STATEMENT, TOKENS, view
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from reasoning_agents.language_model.local import LocalModel
from reasoning_agents.language_model.prompts import Prompt, choose_prompt, write_settings
from reasoning_agents.language_model.tokenizer import EOS
from reasoning_agents.language_model.transcript import breaking_tokens, thought_of

pytestmark = pytest.mark.usefixtures("one_thread")


# Where a thought ends


def scripted(tokenizer, script, **options):
    """A model that says token script[p] after reading position p, whatever it read."""
    length = 64
    config = GPT2Config(vocab_size=len(tokenizer), n_positions=length, n_embd=length, n_layer=1, n_head=1)
    config.tie_word_embeddings = False
    config.bos_token_id = config.eos_token_id = None
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            weight.fill_(1.0 if name.endswith("ln_f.weight") else 0.0)
        model.transformer.wpe.weight.copy_(torch.eye(length))
        for position, token in enumerate(script):
            model.lm_head.weight[token, position] = 5.0
    return LocalModel(model, tokenizer, prompt=STATEMENT, **options)


def byte_tokenizer(*extra):
    """A byte-level tokenizer with a few merges and the extra tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=262, initial_alphabet=alphabet, special_tokens=[EOS], show_progress=False)
    tokenizer.train_from_iterator(["x = 1\n\nx = 2\n\n"] * 9, trainer)
    tokenizer.add_tokens(list(extra))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=EOS, clean_up_tokenization_spaces=False)


BYTES = byte_tokenizer("b\nc", "d\n\n")


def after(prompt, *tokens, tokenizer=BYTES):
    """A script of tokens that follow a prompt; a number is an id, a text is encoded."""
    ids = [token for part in tokens for token in ([part] if isinstance(part, int) else tokenizer.encode(part))]
    return [tokenizer.eos_token_id] * (len(tokenizer.encode(prompt)) - 1) + ids, len(ids)


ENDINGS = [
    ("a line break", ["x=1\n", "y"], "x=1", 4),
    ("line breaks before the thought are dropped", ["\n", "\n", " \n", "x=1\n", "y"], "x=1", None),
    ("spaces before the thought stay", ["  x\n"], "  x", None),
    ("the end mark", ["x=1", BYTES.eos_token_id, "y"], "x=1", 4),
    ("the end mark at once", [BYTES.eos_token_id], "", 1),
    ("a break inside a token", ["a", "b\nc", "y"], "ab", 2),
    ("a token of text and breaks", ["a", "d\n\n", "y"], "ad", 2),
    ("characters of several bytes", ["é≠€\n", "y"], "é≠€", None),
    ("a carriage return", ["x\r\n"], "x", None),
]


@pytest.mark.parametrize(("parts", "thought", "length"), [row[1:] for row in ENDINGS], ids=[row[0] for row in ENDINGS])
def test_a_thought_ends(parts, thought, length):
    script, _ = after("q\n", *parts)
    (proposal,) = scripted(BYTES, script).propose([view("q")], 1, 0.0)
    assert proposal.candidates[0].thought == thought
    if length is not None:
        assert len(proposal.candidates[0].token_ids) == length
    (scored,) = scripted(BYTES, script).score([view("q")], [[thought]])
    assert scored[0].thought == thought


@pytest.mark.parametrize("tokens", [1, 3, 7])
def test_a_thought_ends_at_the_most_tokens_it_may_have(tokens):
    script, _ = after("q\n", "abcdefghij")
    (proposal,) = scripted(BYTES, script, max_thought_tokens=tokens).propose([view("q")], 1, 0.0)
    assert proposal.candidates[0].thought == "abcdefghij"[:tokens]


def test_half_a_character_at_the_end_is_cut_off_without_an_error():
    first_byte = BYTES.encode("é")[0]
    script, _ = after("q\n", "a", first_byte, BYTES.eos_token_id)
    (proposal,) = scripted(BYTES, script).propose([view("q")], 1, 0.0)
    assert proposal.candidates[0].thought == "a\N{REPLACEMENT CHARACTER}"


def test_a_thought_keeps_the_ids_it_was_sampled_with():
    unusual = [BYTES.encode(character)[0] for character in "x = 1"]
    assert unusual != BYTES.encode("x = 1")
    script, _ = after("q\n", *unusual, "d\n\n")
    local = scripted(BYTES, script)
    (proposal,) = local.propose([view("q")], 1, 0.0)
    thought = proposal.candidates[0].thought
    assert thought == "x = 1d"
    sampled = proposal.candidates[0].token_ids
    assert local.transcript.ids(view("q", thought))[2:] == sampled
    assert local.score([view("q")], [[thought]])[0][0].token_ids == sampled
    (after_it,) = local.propose([view("q", thought)], 1, 0.0)
    assert after_it.prompt_tokens == 1


@pytest.mark.parametrize("ending", [["b\nc"], [BYTES.eos_token_id], []], ids=["text behind", "end mark", "length"])
def test_what_is_read_next_spells_the_view(ending):
    script, size = after("q\n", "a", *ending)
    local = scripted(BYTES, script, max_thought_tokens=max(size, 1))
    thought = local.propose([view("q")], 1, 0.0)[0].candidates[0].thought
    assert BYTES.decode(local.transcript.ids(view("q", thought))) == f"q\n{thought}\n"


def test_breaking_tokens_are_found_in_every_vocabulary():
    texts = [BYTES.decode([index]) for index in breaking_tokens(BYTES, 10_000)]
    assert {"\n", "b\nc", "d\n\n"} <= set(texts)
    assert breaking_tokens(TOKENS, len(TOKENS)) == TOKENS.encode("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", False)),
        ("\n \n", ("", False)),
        ("a", ("a", False)),
        ("a\nb\n", ("a", True)),
        ("\n\n  a b \n", ("  a b ", True)),
    ],
)
def test_thought_of(text, expected):
    assert thought_of(text) == expected


# Prompts


def test_a_chat_template_is_used_and_text_cannot_close_the_turn():
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}<eos>{% endfor %}<assistant>"
    local = scripted(tokenizer, [1])
    local.transcript.prompt = choose_prompt(tokenizer)
    shown = view("1+1?", "say <eos>")
    text = tokenizer.decode(local.transcript.ids(shown))
    assert text == "<user>1+1?\na number<eos><assistant>say <eos>\n"
    assert local.transcript.ids(shown).count(tokenizer.eos_token_id) == 1


@pytest.mark.parametrize("kind", ["characters", "bytes", "chat"])
def test_half_a_character_in_a_question_or_a_thought_is_read_as_the_replacement_character(kind):
    tokenizer = TOKENS if kind == "characters" else byte_tokenizer()
    if kind == "chat":
        tokenizer.chat_template = "{% for m in messages %}{{ m.content }}<eos>{% endfor %}"
    local = scripted(tokenizer, [1], max_thought_tokens=1)
    local.transcript.prompt = choose_prompt(tokenizer)
    halves, replaced = (view(f"1+1{half}?", f"x{half}") for half in ("\ud800", "\N{REPLACEMENT CHARACTER}"))
    assert local.transcript.ids(halves) == local.transcript.ids(replaced)
    assert local.propose([halves], 1, 0.0)[0].candidates == local.propose([replaced], 1, 0.0)[0].candidates
    assert local.score([halves], [["\udfff"]])[0][0].token_ids == local.transcript.thought_ids(replaced, "\ufffd")


def test_the_prompt_comes_from_the_models_settings(tmp_path):
    path = tmp_path / "reasoning.json"
    write_settings(tmp_path, Prompt("{family} {level}: {statement}|{text}"))
    prompt = choose_prompt(TOKENS, path)
    assert prompt.render(view("1+1?").question) == "toy 1: 1+1?|1+1?\na number"
    assert choose_prompt(TOKENS).render(view("{x}?").question) == "{x}?\na number\n\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "isn't JSON"),
        ("[]", "no text under 'prompt'"),
        ('{"promt": "x"}', "did you mean 'prompt'"),
        ('{"prompt": 3}', "no text under 'prompt'"),
        ('{"prompt": "{statment}"}', "did you mean 'statement'"),
        ('{"prompt": "{statement.__class__}"}', "has the field"),
        ('{"prompt": "{statement!r}"}', "has the field"),
    ],
)
def test_settings_that_say_something_else_are_refused(tmp_path, content, message):
    path = tmp_path / "reasoning.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        choose_prompt(TOKENS, path)
