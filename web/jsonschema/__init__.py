"""Translates the contract's schemas to JSON Schema, compiles them, and names the faults of documents."""
