"""Reads the contract, and checks that the service can keep it."""

from web.contract.contract import Contract, Operation, Parameter
from web.contract.errors import ContractError
from web.contract.requests import ANY_BYTES, FORM_TYPES, JSON_TYPES

__all__ = ["ANY_BYTES", "FORM_TYPES", "JSON_TYPES", "Contract", "ContractError", "Operation", "Parameter"]
