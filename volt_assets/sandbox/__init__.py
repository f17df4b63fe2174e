"""A company behind Toggl's and Fibery's APIs on loopback, for trying Volt without an account and for testing it.

`company` is plain data of both services, made up by `generated` or read by `from_csv`. `toggl`, `fibery` and `model`
answer HTTP requests from it, within the `limits` and with the `faults` of the real services; `settings` are the
switches and `server` runs it all. It imports nothing of Volt's, so that a client and the sandbox share no mistake.
"""
