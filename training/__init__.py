"""Trains and measures detectors for the service: ``python -m training --help``.

Rooms, each of which imports only those before it: scenes, data, network, measuring, learning, commands.
"""
