"""geventhttpclient: a greenlet per connection, one client with its pool."""

import time

import gevent
from geventhttpclient import HTTPClient

from peer import SMALL, Meter, job, share, warm_up

JOB = job()
if JOB["work"] != "Small":
    raise SystemExit("does not do this")
CLIENT = HTTPClient.from_url(JOB["url"], concurrency=JOB["connections"])
took, errors = [], 0


def loop(requests):
    global errors
    for _ in range(requests):
        started = time.perf_counter()
        response = CLIENT.get("/")
        if response.read() != SMALL or response.status_code != 200:
            errors += 1
        took.append(time.perf_counter() - started)


def everywhere(requests):
    gevent.joinall([gevent.spawn(loop, requests) for _ in range(JOB["connections"])], raise_error=True)


everywhere(warm_up(JOB))
took.clear()
meter = Meter()
everywhere(share(JOB))
meter.report(took, errors)
