"""Fibery's API over a company: `api` has the routes, tokens and limits; `query` and `schema` make the answers."""
