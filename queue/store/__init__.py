"""The jobs on disk: one SQLite file, one row a job, one transaction a change.

`schema` has the columns, `connection` opens the file, `queries` reads, `commands` is what doors
change, `claims` what the runner changes, `dependencies` and `counts` serve these; `job_store` puts
it all under persist-queue, `repair` takes over what a damaged file still holds.
"""
