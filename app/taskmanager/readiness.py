"""Whether the services an app process needs are there, for /ready and for the check before a start."""

import psycopg
import redis
from psycopg_pool import PoolTimeout

from taskmanager import schema_range
from taskmanager.config import Config
from taskmanager.db import probes
from taskmanager.redis_client import impatient
from taskmanager.services import Services, conninfo_of, open_redis

PROBE_TIMEOUT_S = 3.0


def look(services: Services) -> dict[str, str]:
    """Return status (ready, degraded or unavailable), release, and what each service said."""
    database, schema = look_at_database(services)
    cache = look_at_redis(services)
    status = "ready" if cache == "ok" else "degraded"
    if (database, schema) != ("ok", "ok"):
        status = "unavailable"
    return {"status": status, "release": services.config.release, "database": database, "schema": schema, "redis": cache}


def refused_credentials(config: Config) -> list[str]:
    """Return a sentence for each password that a server refuses: no outage that passes, so a start must name it."""
    refused = []
    try:
        psycopg.connect(conninfo_of(config)).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            refused.append("the credential database_password is refused by the database")
    client = open_redis(config)
    try:
        client.ping()
    except redis.AuthenticationError:
        refused.append("the credential redis_password is refused by Redis")
    except redis.RedisError:
        pass
    finally:
        client.close()
    return refused


def look_at_database(services: Services) -> tuple[str, str]:
    """Return what the database and its schema say."""
    try:
        with services.pool.connection(timeout=PROBE_TIMEOUT_S) as conn:
            version, oldest = probes.schema_version(conn), probes.schema_oldest(conn)
    except psycopg.errors.UndefinedTable:
        return "ok", "is empty; run: taskmanager migrate"
    except (psycopg.OperationalError, PoolTimeout) as error:
        return f"does not answer ({str(error).splitlines()[0] if str(error) else 'no reason given'})", "unknown"
    head = schema_range.head()
    if version is None or version < head:
        return "ok", f"is at {version}, and this release needs {head}; run: taskmanager migrate"
    if head < oldest:
        return (
            "ok",
            f"is at {version}, which serves releases of {oldest} and later, and this one is of {head}; deploy a later one",
        )
    return "ok", "ok"


def look_at_redis(services: Services) -> str:
    """Return what Redis says, without waiting for it: who asks wants to know now."""
    try:
        with impatient():
            services.redis.ping()
    except redis.RedisError as error:
        return f"does not answer ({error})"
    return "ok"
