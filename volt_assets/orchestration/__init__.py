"""What assets need of Dagster: steps, checks, the catalog, run records and the instance."""
