"""Versions of weekly reports: when a new one is made, what is stored of each, and how two differ."""
