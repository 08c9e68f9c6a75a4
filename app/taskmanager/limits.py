"""How often a person and an address may ask: sliding windows in Redis, shared by all hosts, one round trip per request."""

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from typing import Any

import redis
from flask import Flask, Response, current_app, g, request

from taskmanager import metrics, services, sessions
from taskmanager.errors import AppError
from taskmanager.redis_client import StillAway, impatient
from taskmanager.request_log import client_address

WINDOW_S = 60
FREE = {"/health", "/ready", "/metrics"}
# Two counts make a window that slides: this one's, and of the one before the share that still lies in it.
# It reads the session too (KEYS[1], may be empty), since only that knows whose request it is; a refused request is not counted.
SCRIPT = """
    local now = redis.call('TIME')
    now = now[1] + now[2] / 1000000
    local session, places = false, {}
    if KEYS[1] ~= '' then
        session = redis.call('GETEX', KEYS[1], 'EX', ARGV[1])
        local user = session and string.match(session, '"user_id":"([%x-]+)"')
        if user and tonumber(ARGV[2]) > 0 then
            table.insert(places, {'limit:user:' .. user, tonumber(ARGV[2]), tonumber(ARGV[3]), 1})
        end
    end
    for i = 2, #KEYS do
        table.insert(places, {KEYS[i], tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1]), i})
    end
    local answer, refused = {session}, false
    for _, place in ipairs(places) do
        local quota, window = place[2], place[3]
        local slot = math.floor(now / window)
        local share = slot + 1 - now / window
        local kept = redis.call('HMGET', place[1], 'slot', 'here', 'before')
        local at, here, before = tonumber(kept[1] or 0), tonumber(kept[2] or 0), tonumber(kept[3] or 0)
        if at == slot - 1 then before, here = here, 0 elseif at ~= slot then before, here = 0, 0 end
        local used, wait = before * share + here, 0
        if used + 1 > quota then
            refused = true
            if here + 1 <= quota then wait = window * (share - (quota - 1 - here) / before)
            else wait = window * (share + 1 - (quota - 1) / here) end
        end
        place[5], place[6], place[7] = slot, here, before
        local left, reset = math.floor(quota - used - 1), math.ceil(share * window)
        for _, number in ipairs({place[4], quota, window, left, reset, math.ceil(wait)}) do
            table.insert(answer, number)
        end
    end
    if not refused then
        for _, place in ipairs(places) do
            redis.call('HSET', place[1], 'slot', place[5], 'here', place[6] + 1, 'before', place[7])
            redis.call('EXPIRE', place[1], place[3] * 2)
        end
    end
    return answer
"""
DIGEST = hashlib.sha1(SCRIPT.encode()).hexdigest()  # noqa: S324 - Redis names scripts so


@dataclass(frozen=True)
class Policy:
    """How many requests a window of so many seconds takes, and under which key they are counted."""

    name: str
    key: str
    quota: int
    window: int


@dataclass(frozen=True)
class State:
    """Where a request stands with a policy; `wait` is above zero for one that is refused."""

    name: str
    quota: int
    window: int
    left: int
    reset: int
    wait: int


def install(app: Flask) -> None:
    """Count every request but the probes; who sends a token is counted when it is known whose it is."""

    @app.before_request
    def count() -> None:
        if request.path not in FREE and not request.headers.get("Authorization"):
            count_request()

    app.after_request(add_headers)


def count_request(user_id: object = None) -> None:
    """Count a request of a person (by session, or by a token that was looked up) and of an address; refuse one too many.

    Reading is open while Redis is away; only a session cannot do without it.
    """
    config = services.current().config
    session_id = request.cookies.get(sessions.COOKIE, "") if user_id is None else ""
    policies = [Policy("user", f"limit:user:{user_id}", config.rate_limit_user, WINDOW_S)] if user_id else []
    address = place_of(client_address())
    if address:
        policies.append(Policy("address", f"limit:address:{address}", config.rate_limit_address, WINDOW_S))
    policies = [policy for policy in policies if policy.quota]
    if session_id:
        stored, states = ask(policies, sessions.key_of(session_id), (config.rate_limit_user, WINDOW_S))
        g.session = sessions.parse(sessions.key_of(session_id), stored)
    elif not policies:
        return
    else:
        try:
            with impatient():
                _, states = ask(policies)
        except StillAway:
            return
        except redis.RedisError as error:
            current_app.logger.warning("limits are open: %s", error)
            return
    g.limits = states
    refuse(states, "You ask too often; try again in {seconds} seconds.")


def ask(policies: list[Policy], session_key: str = "", person: tuple[int, int] = (0, 0)) -> tuple[bytes | None, list[State]]:
    """Count against all policies unless one of them refuses; return what is stored of the session, and the states."""
    keys = [session_key, *(policy.key for policy in policies)]
    numbers = [sessions.SIGNED_IN_S, *person, *(number for policy in policies for number in (policy.quota, policy.window))]
    client: Any = services.current().redis
    try:
        answer = client.execute_command("EVALSHA", DIGEST, len(keys), *keys, *numbers)
    except redis.exceptions.NoScriptError:
        answer = client.execute_command("EVAL", SCRIPT, len(keys), *keys, *numbers)
    names = {1: "user"} | {index: policy.name for index, policy in enumerate(policies, start=2)}
    rows = [answer[start : start + 6] for start in range(1, len(answer), 6)]
    return answer[0], [State(names[row[0]], *row[1:]) for row in rows]


def refuse(states: list[State], sentence: str) -> None:
    """Refuse a request that one of the policies has no place for."""
    seconds = max((state.wait for state in states), default=0)
    if seconds > 0:
        for state in states:
            metrics.REFUSED.labels(state.name).inc(state.wait > 0)
        detail = sentence.format(seconds=seconds, minutes=math.ceil(seconds / 60))
        raise AppError(429, "Too many requests", detail, headers={"Retry-After": str(seconds)})


def add_headers(response: Response) -> Response:
    """Tell where the request stands, as the draft on RateLimit fields has it."""
    states: list[State] = g.get("limits") or []
    if states and request.path.startswith("/api/"):
        response.headers["RateLimit-Policy"] = ", ".join(f'"{state.name}";q={state.quota};w={state.window}' for state in states)
        response.headers["RateLimit"] = ", ".join(f'"{state.name}";r={max(0, state.left)};t={state.reset}' for state in states)
    return response


def place_of(address: str) -> str:
    """Return what is counted of an address: of IPv6 the network, which one customer has; nothing for who asks on the socket."""
    if ":" not in address:
        return "" if address == "local" else address
    try:
        return str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        return address
