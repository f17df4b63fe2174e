"""Reports as files: a run's folder, the weekly pages, `time.csv` and `time.xlsx`, and the pages under `volt ui`."""
