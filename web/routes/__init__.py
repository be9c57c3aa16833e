"""From an operation of the contract to its handler, checked against each other at the start."""
