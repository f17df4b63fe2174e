"""`volt ui`: Dagster's webserver and daemon on this machine, with the reports beside it.

`command.py` is the command; `processes.py` starts and stops the two processes, of which `server.py` is the webserver
and `access.py` guards it; `record.py` keeps who serves the home; `watch.py` notices edits of the configuration, and
`client.py` has the webserver load them.
"""
