"""What small models are shown in tests: a tokenizer, a prompt, and views of made-up questions."""

from reasoning_agents.language_model.prompts import Prompt
from reasoning_agents.language_model.tokenizer import build_character_tokenizer
from reasoning_gym.problem import Question, View

TOKENS = build_character_tokenizer()
STATEMENT = Prompt("{statement}\n")


def view(text, *thoughts):
    return View(Question("toy", 1, text, "a number"), thoughts, 5)
