"""Detects in many photos without a server: from a folder, a manifest or an object store into one file of results."""
