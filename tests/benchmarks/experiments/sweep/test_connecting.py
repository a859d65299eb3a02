"""Connections to what is no Dask scheduler end soon, and with a sentence."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from benchmarks.experiments.sweep import connecting
from benchmarks.experiments.sweep.connecting import UnreachableError
from tests.running import python

pytest.importorskip("distributed")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_something_else_than_a_scheduler_is_told(answer: bytes) -> None:
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    one, _ = server.accept()
                    kept.append(one)
                    one.send(answer)

        threading.Thread(target=serve, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(UnreachableError, match="tried for 1 s.*but something listens there"):  # noqa: RUF043
            connecting.client(address, 1.0, lambda _: None)
        server.shutdown(socket.SHUT_RDWR)
    for one in kept:
        one.close()


@pytest.mark.parametrize("address", ["", "tcp://127.0.0.1", "tcp://127.0.0.1:99999", "inproc://1"])
def test_nothing_listens_where_there_is_no_address(address: str) -> None:
    assert not connecting.listens(address)


def test_logs_are_silent_in_a_process_that_has_not_imported_dask() -> None:
    code = """
import logging, sys
from benchmarks.experiments.sweep import connecting
assert "distributed" not in sys.modules
with connecting.silent():
    logging.getLogger("distributed.client").error("a lost connection")
logging.getLogger("distributed.client").error("afterwards")
"""
    found = python("-c", code)
    assert found.returncode == 0, found.stderr
    assert "a lost connection" not in found.stderr
    assert found.stderr.count("afterwards") == 1
