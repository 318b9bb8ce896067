"""What Prometheus asks for. No label holds an id: only ways, states and codes."""

import json

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from hilum.serve import queue
from hilum.serve.database import Database

BUCKETS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60)  # seconds


class Metrics:
    """Counters of one server.

    Args:
        database: of it.
    """

    def __init__(self, database: Database) -> None:
        self._database, self._seen = database, 0.0
        self._registry = registry = CollectorRegistry()
        self._received = Counter("hilum_received", "Images kept.", ["source", "outcome"], registry=registry)
        self._refused = Counter("hilum_refused", "Images not taken.", ["source", "code"], registry=registry)
        self._answers = Counter("hilum_answers", "Answers over HTTP.", ["route", "code"], registry=registry)
        self._images = Gauge("hilum_images", "Images by state.", ["state"], registry=registry)
        self._oldest = Gauge("hilum_oldest_waiting_seconds", "How long the first in line waits.", registry=registry)
        self._ends = Gauge("hilum_worker_ends", "How often a reading process ended.", registry=registry)
        self._pushes = Gauge("hilum_pushes", "What is sent on, by state.", ["state"], registry=registry)
        self._seconds = Histogram("hilum_seconds", "Of one image.", ["stage"], registry=registry, buckets=BUCKETS)
        self._read = Counter("hilum_read", "Readings by weights.", ["weights"], registry=registry)

    def received(self, source: str, outcome: str) -> None:
        """Count an image that was answered for."""
        self._received.labels(source, outcome).inc()

    def refused(self, source: str, code: str) -> None:
        """Count one that was not taken."""
        self._refused.labels(source, code).inc()

    def answered(self, route: str, code: int) -> None:
        """Count an answer, under its route and not its address."""
        self._answers.labels(route, str(code)).inc()

    def text(self, worker_ends: int) -> bytes:
        """In Prometheus' text format."""
        for state, count in (
            {"received": 0, "claimed": 0, "failed": 0, "dead": 0} | queue.counts(self._database)
        ).items():
            self._images.labels(state).set(count)
        for state, count in self._database.rows.execute("SELECT state, count(*) FROM pushes GROUP BY state"):
            self._pushes.labels(state).set(count)
        self._oldest.set(queue.oldest_seconds(self._database))
        self._ends.set(worker_ends)
        self._observe_new()
        return generate_latest(self._registry)

    def _observe_new(self) -> None:
        """Seconds by stage of what was read since the last time, from the rows: another process reads."""
        rows = self._database.rows.execute(
            "SELECT weights, received, finished, summary FROM images WHERE state = 'read' AND finished > ? "
            "ORDER BY finished",
            (self._seen,),
        ).fetchall()
        for row in rows:
            for stage, seconds in json.loads(row["summary"]).get("seconds", {}).items():
                self._seconds.labels(stage).observe(seconds)
            self._seconds.labels("from arrival to result").observe(max(0.0, row["finished"] - row["received"]))
            for weights in str(row["weights"]).split("+"):  # of each Run that read it
                self._read.labels(weights[:12]).inc()
            self._seen = max(self._seen, row["finished"])
