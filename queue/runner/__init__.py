"""The runner, one process for each queue folder: claims jobs, drives worker processes, publishes.

`run` hosts or starts it, `scheduler` is its loop, `worker_pool` has its workers and `worker_handle`
each of them, `health` notices a dead one, `outcome` settles what became of a job, `recovery` what a
dead runner left; `processes` and `windows` are all that differs by operating system.
"""
