"""octopus: its threads, a handler for each URL."""

from octopus import Octopus

from peer import SMALL, Meter, delayed_urls, job

JOB = job()
if JOB["work"] != "Queue":
    raise SystemExit("does not do this")
TEXT = SMALL.decode()
took, errors = [], 0


def handler(url, response):
    global errors
    if response.status_code != 200 or response.text != TEXT:
        errors += 1
    # Its own clock, which stops at the head of the answer, and which it hands out as a method.
    took.append(response.request_time() if callable(response.request_time) else response.request_time)


queue = Octopus(concurrency=JOB["connections"], auto_start=True, request_timeout_in_seconds=30)
meter = Meter()
for url in delayed_urls(JOB):
    queue.enqueue(url, handler)
queue.wait(0)
meter.report(took, errors)
