"""What the commands do: run, sync, refresh, export and cancel, each as a function that is called with settings."""
