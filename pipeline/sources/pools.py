"""Pools of connections that are no larger than need be: one that is open is taken before another is opened."""

from contextlib import suppress
from queue import Empty, LifoQueue
from typing import Any

from urllib3 import PoolManager
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from pipeline.sources.deadline import Connection, SecureConnection


class _OpenFirst(LifoQueue[Any]):
    """The connections of a pool: closed ones, and None for one that was never opened, come last."""

    def _get(self) -> Any:
        places = range(len(self.queue) - 1, -1, -1)
        return self.queue.pop(next((place for place in places if _is_open(self.queue[place])), -1))


class _Pool(HTTPConnectionPool):
    ConnectionCls, QueueCls = Connection, _OpenFirst


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls, QueueCls = SecureConnection, _OpenFirst


#: For a urllib3.PoolManager: what it connects with.
POOLS = {"http": _Pool, "https": _SecurePool}


def close_idle(manager: PoolManager) -> None:
    """Close the connections that no thread uses."""
    for key in manager.pools.keys():  # noqa: SIM118  # it is no mapping that can be iterated
        if (pool := manager.pools[key].pool) is not None:
            _close_all(pool)


def _close_all(pool: LifoQueue[Any]) -> None:
    for _ in range(pool.qsize()):
        with suppress(Empty):
            connection = pool.get(block=False)
            if _is_open(connection):
                connection.close()
            pool.put(connection, block=False)


def _is_open(connection: Connection | None) -> bool:
    return connection is not None and not connection.is_closed
