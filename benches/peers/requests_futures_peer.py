"""requests-futures: a session with as many workers, its pool as large."""

from concurrent.futures import as_completed

from requests_futures.sessions import FuturesSession

from peer import SMALL, Meter, delayed_urls, job

JOB = job()
if JOB["work"] != "Queue":
    raise SystemExit("does not do this")
took, errors = [], 0

with FuturesSession(max_workers=JOB["connections"]) as session:
    meter = Meter()
    for future in as_completed([session.get(url) for url in delayed_urls(JOB)]):
        response = future.result()
        if response.status_code != 200 or response.content != SMALL:
            errors += 1
        took.append(response.elapsed.total_seconds())
    meter.report(took, errors)
