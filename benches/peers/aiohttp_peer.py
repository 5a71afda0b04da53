"""aiohttp: a task per connection, one session with its pool."""

import asyncio
import time

import aiohttp

from peer import SMALL, Meter, job, share, warm_up

JOB = job()
if JOB["work"] != "Small":
    raise SystemExit("does not do this")
took, errors = [], 0


async def loop(session, requests):
    global errors
    for _ in range(requests):
        started = time.perf_counter()
        async with session.get(JOB["url"]) as response:
            if await response.read() != SMALL or response.status != 200:
                errors += 1
        took.append(time.perf_counter() - started)


async def main():
    connector = aiohttp.TCPConnector(limit=JOB["connections"])
    async with aiohttp.ClientSession(connector=connector) as session:
        async def everywhere(requests):
            await asyncio.gather(*[loop(session, requests) for _ in range(JOB["connections"])])

        await everywhere(warm_up(JOB))
        took.clear()
        meter = Meter()
        await everywhere(share(JOB))
        meter.report(took, errors)


asyncio.run(main())
