"""Detects objects in many photos without a server: from a folder, a manifest or an object store to one results file."""
