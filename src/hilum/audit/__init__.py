"""Is the data sound, what is in it: checks, duplicates, quality, summary."""

from hilum.audit import duplicates, quality
from hilum.audit.check import check
from hilum.audit.issue import Audit, Issue
from hilum.audit.summary import Summary, summary

__all__ = ["Audit", "Issue", "Summary", "check", "duplicates", "quality", "summary"]
