"""What those functions take that work on either store: the queue on disk, or the one in memory."""

from .job_store import JobStore
from .memory_store import MemoryStore

AnyStore = JobStore | MemoryStore
