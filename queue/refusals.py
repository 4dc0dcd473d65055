"""Why the store says no to something asked of it: one error each, whose message says what to do."""

from ..presets.wording import Worded
from .job import Job


class UnknownJob(LookupError):
    """There is no job of that id."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"There is no job “{job_id}” in this queue; `list` shows those there are.")


class NameTaken(ValueError):
    """An unfinished job will write the same file."""

    def __init__(self, name: str, job_id: str) -> None:
        self.name = name
        self.job_id = job_id
        super().__init__(
            Worded(
                "Job {job} is already going to write {file}. Choose another file-name pattern or"
                " output folder, or cancel that job.",
                job=job_id,
                file=name,
            )
        )


class CannotRetry(ValueError):
    """Only a failed or cancelled job whose request can be read can be retried."""

    def __init__(self, job: Job, why: str) -> None:
        super().__init__(
            f"Job {job.id} can't be retried: {why}. Only failed and cancelled jobs can."
        )


class StillNeeded(ValueError):
    """A job that isn't finished, or that another one waits for, can't be removed."""

    def __init__(self, job: Job, why: str) -> None:
        super().__init__(f"Job {job.id} can't be removed: {why}.")


class AgainstThePromise(TypeError):
    """Something persist-queue offers that would break what this queue promises."""
