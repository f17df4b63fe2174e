"""A company behind Toggl's and Fibery's APIs on loopback, generated or from CSV files, and a model that writes.

For trying Volt without an account and for testing it. It knows nothing of the rest of Volt: it is written from the
APIs' documentation, so that a client and the sandbox do not share a mistake.
"""
