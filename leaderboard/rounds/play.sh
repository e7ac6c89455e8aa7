#!/bin/bash
# Plays the baselines' rounds over a server's socket, as those in this folder were, and reveals them: play.sh DIR
# DIR gets the server's store and the archives, ROUND.tar.zst. Given again it goes on where it stopped.
set -euo pipefail

mkdir -p "$1"
cd "$1"
server=$(pwd)/board.sock
categories="Algebra Algorithmic Arithmetic Calculus Games Geometry Graphs Induction Logic NumberTheory Probability WordProblems"

if [ ! -f baselines.token ]; then
    reasoning-gym leaderboard account baselines
    reasoning-gym leaderboard token baselines > baselines.token
    reasoning-gym leaderboard account keepers
    reasoning-gym leaderboard token keepers --keeper > keepers.token
    reasoning-gym leaderboard open 2026-11-math --env ReasoningMath-v0 --levels 1,2 --episodes 200
    for each in $categories; do
        reasoning-gym leaderboard open "2026-11-${each,,}" --env "Reasoning$each-v0" --levels 1,2 --episodes 100
    done
    reasoning-gym leaderboard open 2026-11-hidden-chains --common --env integer_expression --levels 10 --episodes 200
fi
reasoning-gym leaderboard serve --socket board.sock --workers 1 2> server.log &
trap 'kill $!' EXIT
while [ ! -S board.sock ]; do sleep 1; done

play() {
    local name="$*"
    reasoning-gym leaderboard run --server "unix:$server" --token-file baselines.token --model tiny-reasoner \
        --max-thought-tokens 96 --out "sessions/$round/${name// /}" --round "$round" --agent "$@"
}
for each in Math $categories; do
    round=2026-11-${each,,}
    play random
    play greedy
    play self-consistency
    play best-of-n
    play best-of-n -o signal=check
    play beam -o width=2
    play mcts
    play mcts -o evaluation=check
    play test-time-training
    reasoning-gym leaderboard reveal "$round" --early
done
for recipe in search-chains search-learned; do
    reasoning-gym leaderboard reproduce "$recipe" --server "unix:$server" --token-file keepers.token \
        --round 2026-11-hidden-chains
done
reasoning-gym leaderboard reveal 2026-11-hidden-chains --early
