"""Measurements: each a script to run, and beside them what they and the tests measure with. None imports the tests."""
