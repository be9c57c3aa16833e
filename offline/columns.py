"""The columns of a Parquet file, derived from the members of rows, so that they follow the contract."""

import pyarrow as pa
from msgspec import inspect as types

from offline.rows import Row

SCALARS: dict[type[types.Type], pa.DataType] = {
    types.StrType: pa.string(),
    types.LiteralType: pa.string(),
    types.IntType: pa.int64(),
    types.FloatType: pa.float64(),
    types.BoolType: pa.bool_(),
}


def columns() -> pa.Schema:
    """The columns, the photo's name first."""
    fields = {field.name: field for field in _fields(types.type_info(Row))}
    return pa.schema([fields.pop("photo"), *fields.values()])


def _fields(struct: types.Type) -> list[pa.Field]:
    if not isinstance(struct, types.StructType):
        raise TypeError(f"{struct} has no members")
    return [pa.field(field.encode_name, _column(field.type)) for field in struct.fields]


def _column(type_: types.Type) -> pa.DataType:
    """The column type for values of a Python type; all may be null.

    Raises:
        TypeError: none does.
    """
    if isinstance(type_, types.StructType):
        return pa.struct(_fields(type_))
    if isinstance(type_, types.ListType):
        return pa.list_(_column(type_.item_type))
    if isinstance(type_, types.DictType):
        return pa.map_(_column(type_.key_type), _column(type_.value_type))
    if type(type_) not in SCALARS:
        raise TypeError(f"{type_} has no column: add one")
    return SCALARS[type(type_)]
