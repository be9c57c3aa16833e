"""What the service counts, for Prometheus.

This file imports nothing: `folder.py` must come before prometheus-client, which looks once, when it is imported, for
the folder that the workers share.
"""
