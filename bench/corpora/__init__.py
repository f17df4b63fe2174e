"""True sentences and lies about reports that are made up: what the check of a model's sentences is measured with."""
