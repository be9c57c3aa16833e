"""Maps the contract's operations to handlers, and checks both against each other at start-up."""
