"""Parses requests, checks them against the contract, and passes them on to handlers."""
