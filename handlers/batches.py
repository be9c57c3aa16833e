"""Answers the photos of a batch one by one, so that none affects the others."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from detector import DetectorError
from web import record
from web.admission import Admission, Overloaded
from web.problems.problem import Refusal
from web.problems.reasons import reason_of_error

Entry = TypeVar("Entry")
Answer = TypeVar("Answer")


async def each_answer(
    admission: Admission, answer: Callable[[Entry], Answer], entries: Sequence[Entry]
) -> list[Answer | DetectorError | Refusal | Overloaded]:
    """The answer to each entry; for a photo that is unusable, or that there is no memory for now, the error.

    Args:
        admission: lends threads to photos.
        answer: for one entry.
        entries: one or more, each with one photo.

    Raises:
        Overloaded: there is no memory for any of them.
    """

    def answer_or_error(entry: Entry) -> Answer | DetectorError | Refusal | Overloaded:
        try:
            return answer(entry)
        except (DetectorError, Refusal, Overloaded) as error:
            return error

    answers = await admission.map(answer_or_error, entries)
    if all(isinstance(each, Overloaded) for each in answers):
        raise Overloaded("memory")
    record.current().failures += [reason_of_error(each) for each in answers if isinstance(each, Exception)]
    return answers
