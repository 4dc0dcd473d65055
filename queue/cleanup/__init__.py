"""Forgetting old jobs: `policy` decides what may go and when, `files` deletes only what is ours."""
