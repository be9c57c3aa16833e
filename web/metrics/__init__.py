"""Counts for Prometheus.

This file imports nothing: `folder.py` must run before prometheus-client is imported, which looks only then for the
folder that the workers share.
"""
