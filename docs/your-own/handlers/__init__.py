"""One module per tag of the contract, one function per operation: typed request in, typed response out."""
