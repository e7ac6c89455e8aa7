"""A whole agent for a challenge, over plain HTTP: it needs Python and nothing else.

REASONING_LEADERBOARD_TOKEN=… python challenge_agent.py http://127.0.0.1:8080 ROUND
"""

import json
import os
import re
import secrets
import sys
import urllib.error
import urllib.request

if len(sys.argv) != 3 or "REASONING_LEADERBOARD_TOKEN" not in os.environ:
    sys.exit(f"how to start it: {__doc__}")
server, round_name = sys.argv[1:]
token = os.environ["REASONING_LEADERBOARD_TOKEN"]


def post(path, body=None):
    data = json.dumps(body or {}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{server}/api/{path}", data, headers)) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as refused:
        sys.exit(refused.read().decode())  # what is wrong, and what to do


def think(observation):
    """Your agent: the question and the thoughts so far in, the next thought out."""
    numbers = re.findall(r"-?\d+", observation)
    return f"Answer: {max(map(int, numbers), default=0)}"


card = {"name": "largest number", "note": "answers the largest number that it reads"}
session = post(f"rounds/{round_name}/sessions", {"card": card, "nonce": secrets.token_hex(32)})
for episode in range(session["episodes"]):
    seen = post(f"sessions/{session['session']}/episodes/{episode}")
    while not seen["over"]:
        step = {"episode": episode, "step": seen["step"] + 1, "thought": think(seen["observation"])}
        seen = post(f"sessions/{session['session']}/steps", step)
print(post(f"sessions/{session['session']}/close")["head"])
