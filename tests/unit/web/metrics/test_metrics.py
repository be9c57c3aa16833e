"""web/metrics/metrics.py; tests/api/test_metrics.py has what it counts."""

import asyncio
import threading

import pytest

from web.admission import Admission, AdmissionLimits
from web.metrics.metrics import Metrics
from web.record import Record


def test_a_crowd_shares_a_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many who ask at the same time cost one collection; who asks later gets the counts of that moment."""
    metrics = Metrics(Admission(AdmissionLimits(at_once=1)), list, prefix="test", found="found")
    collect, started, goes_on = metrics._collect, threading.Semaphore(0), threading.Event()

    def slowly() -> bytes:
        started.release()
        goes_on.wait(10)
        return collect()

    monkeypatch.setattr(metrics, "_collect", slowly)

    async def crowd() -> list[bytes]:
        asking = [asyncio.ensure_future(metrics.text()) for _ in range(50)]
        await asyncio.to_thread(started.acquire)
        asking[0].cancel()  # whose client has left
        goes_on.set()
        return await asyncio.gather(*asking[1:])

    first, *others = asyncio.run(crowd())
    assert others == [first] * 48
    assert b"test_requests_total{" not in first
    metrics.count(Record(operation="predict", status=200), 1.0)
    assert b'test_requests_total{operation="predict",status="200"} 1.0' in asyncio.run(metrics.text())
    assert started.acquire(blocking=False)
    assert not started.acquire(blocking=False)
