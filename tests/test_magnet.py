"""The magnet: self-play that comes to rest in the equilibrium, where naive gradients circle away from it."""

import numpy as np
import pytest
import torch

from reasoning_agents.magnet import (
    MagneticPlay,
    Pair,
    exploitability,
    magnet_loss,
    magnetic_reward,
    play,
)
from reasoning_gym.selfplay.matching_pennies import PAYOFF

PENNIES = np.array(PAYOFF)
NEAR = 0.02
STARTS = Pair(*(np.random.default_rng(0).dirichlet([0.5, 0.5], size=(2, 20)) * 0.98 + 0.01))
BIASED = np.array([[0.0, -1.0, 3.0], [1.0, 0.0, -1.0], [-3.0, 1.0, 0.0]])  # rock pays 3 against scissors


def distance(pair):
    """How far the policies of 20 plays are from one half, the worst of both players and of all plays."""
    return max(float(np.abs(policies - 0.5).max()) for policies in pair)


def test_matching_pennies_comes_to_one_half_from_20_starts_last_iterate_and_average():
    last, average = play(PENNIES, STARTS)
    assert distance(STARTS) > 0.4
    assert distance(last) < NEAR
    assert distance(average) < NEAR


def test_naive_gradients_spiral_away_from_one_half():
    """The same play without a magnet: from near the equilibrium, too, every one ends far from it."""
    naive = MagneticPlay(strength=0.0)
    near = Pair(np.array([[0.53, 0.47]]), np.array([[0.5, 0.5]]))
    for starts in (STARTS, near):
        last, _ = play(PENNIES, starts, naive)
        away = np.maximum(*(np.abs(policies - 0.5).max(axis=1) for policies in last))
        assert (away > 0.3).all()


def test_a_magnet_that_moves_finds_the_equilibrium_of_the_game_itself_and_one_that_stays_is_off():
    """Rock that pays more: the equilibrium isn't uniform, so a magnet in the middle holds the policies off it."""
    starts = Pair(*np.random.default_rng(1).dirichlet([1.0] * 3, size=(2, 20)))
    stays = play(BIASED, starts, MagneticPlay(strength=1.0, learning_rate=0.3, iterations=2_000)).last
    moves = play(BIASED, starts, MagneticPlay(strength=1.0, learning_rate=0.3, iterations=12_000, move_every=200)).last
    assert exploitability(BIASED, stays).min() > 0.1
    assert exploitability(BIASED, moves).max() < 0.02
    assert np.allclose(moves.first, [[0.2, 0.6, 0.2]], atol=NEAR)


def test_exploitability_is_what_best_answers_win():
    heads = Pair(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0.5, 0.5], [0.5, 0.5]]))
    assert exploitability(PENNIES, heads).tolist() == [1.0, 0.0]


def test_the_loss_is_the_divergence_and_its_gradient_that_of_the_sampled_reward():
    """What the loss adds to a gradient is, in the mean over actions, what the reward transformation adds."""
    rng = np.random.default_rng(2)
    magnet = torch.tensor(np.log(rng.dirichlet([1.0] * 4, size=3)))
    logits = torch.tensor(rng.normal(size=(3, 4)), requires_grad=True)
    log_probs = torch.log_softmax(logits, dim=-1)
    loss = magnet_loss(log_probs, magnet)
    expected = torch.distributions.kl_divergence(
        torch.distributions.Categorical(logits=logits), torch.distributions.Categorical(logits=magnet)
    )
    assert torch.allclose(loss, expected)
    (of_loss,) = torch.autograd.grad(loss.sum(), logits, retain_graph=True)
    rewards = magnetic_reward(torch.zeros(3, 4), log_probs.detach(), magnet, 1.0)
    (of_rewards,) = torch.autograd.grad((log_probs.exp().detach() * log_probs * rewards).sum(), logits)
    assert torch.allclose(of_loss, -of_rewards)
    assert torch.allclose(loss, -(log_probs.exp() * rewards).sum(dim=-1))


def test_no_gradient_reaches_the_magnet():
    magnet = torch.zeros(2, 3, requires_grad=True)
    policy = torch.randn(2, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)
    magnet_loss(torch.log_softmax(policy, -1), torch.log_softmax(magnet, -1)).sum().backward()
    assert magnet.grad is None
    assert policy.grad is not None


@pytest.mark.parametrize("starts", [np.ones((2, 3)) / 3, np.array([[1.0, 0.0]])])
def test_starts_that_do_not_fit_are_refused(starts):
    with pytest.raises(ValueError, match="give \\[B, 2\\] of positive probabilities"):
        play(PENNIES, Pair(starts, starts))
    with pytest.raises(ValueError, match="strength is -1"):
        MagneticPlay(strength=-1)
