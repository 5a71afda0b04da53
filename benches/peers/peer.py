"""What the Python contenders share: the job comes as JSON, the answer is a line of JSON."""

import json
import resource
import sys
import time

SMALL = bytes(ord("a") + at % 26 for at in range(612))


def job():
    return json.loads(sys.argv[1])


def share(job):
    return -(-job["count"] // job["connections"])


def warm_up(job):
    return min(max(share(job) // 20, 1), 500)


def delayed_urls(job):
    return [f"{job['url']}after/{ms}?{n}" for n, ms in enumerate(job["delays"])]


def status(field):
    with open("/proc/self/status") as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Meter:
    """From here to `report` is what counts."""

    def __init__(self):
        self.start_kib = status("VmRSS:")
        self.cpu = cpu()
        self.started = time.perf_counter()

    def report(self, took, errors):
        wall, used = time.perf_counter() - self.started, cpu() - self.cpu
        took.sort()
        at = lambda part: took[int(part * (len(took) - 1))] * 1e6
        print(json.dumps({
            "requests": len(took), "bytes": len(took) * len(SMALL), "wall_seconds": wall, "cpu_seconds": used,
            "p50_micros": at(0.5), "p99_micros": at(0.99), "peak_kib": status("VmHWM:"), "start_kib": self.start_kib,
            "errors": errors,
        }))
