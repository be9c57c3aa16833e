"""Validation: requests are parsed, checked against the contract, and passed on as what handlers want."""
