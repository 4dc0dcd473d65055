"""The jobs on disk: one SQLite file, one row a job, one transaction a change.

`schema` has the columns, `connection` opens the file, `queries` reads, `commands` is what doors
change, `claims` what the runner changes; `admission`, `dependencies` and `counts` decide for these.
`job_store` puts it all under persist-queue, `repair` takes over what a damaged file still holds.
`memory_store` is the same without a file, for tests, with its jobs in `memory_table`; `any_store`
is either.
"""
