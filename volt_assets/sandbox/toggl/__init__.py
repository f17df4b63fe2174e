"""Toggl's API over a company: `api` has the routes, tokens, quota and lists; `reports` the reports, without HTTP."""
