"""A whole agent for a challenge, over plain HTTP: it needs Python and nothing else.

REASONING_LEADERBOARD_TOKEN=rgl_... python challenge_agent.py http://127.0.0.1:8080 ROUND
"""

import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

if len(sys.argv) != 3 or "REASONING_LEADERBOARD_TOKEN" not in os.environ:
    sys.exit(f"how to start it: {__doc__}")
server, round_name = sys.argv[1].rstrip("/"), sys.argv[2]
headers = {"Authorization": f"Bearer {os.environ['REASONING_LEADERBOARD_TOKEN']}", "Content-Type": "application/json"}


def post(path, body=None):
    try:
        request = urllib.request.Request(f"{server}/api/{path}", json.dumps(body or {}).encode(), headers)
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as refused:
        if refused.code != 429:
            sys.exit(refused.read().decode())  # what is wrong, and what to do
        time.sleep(int(refused.headers.get("Retry-After", 1)))  # too many requests; every request may be repeated
        return post(path, body)
    except (OSError, ValueError) as error:
        sys.exit(f"no server answers at {server} as one should: {error}; is it running, and its address right?")


def think(observation):
    """Your agent: the question and the thoughts so far in, the next thought out."""
    numbers = re.findall(r"-?\d+", observation)
    return f"Answer: {max(map(int, numbers), default=0)}"


card = {"name": "largest number", "note": "answers the largest number that it reads"}
kept = Path(f"{round_name}.nonce")  # while it lies here, another start goes on with the same session
if not kept.exists():
    kept.write_text(secrets.token_hex(32))
session = post(f"rounds/{round_name}/sessions", {"card": card, "nonce": kept.read_text()})
for episode in range(session["episodes"]):
    seen = post(f"sessions/{session['session']}/episodes/{episode}")
    while not seen["over"]:
        step = {"episode": episode, "step": seen["step"] + 1, "thought": think(seen["observation"])}
        seen = post(f"sessions/{session['session']}/steps", step)
print(post(f"sessions/{session['session']}/close")["head"])
kept.unlink()
