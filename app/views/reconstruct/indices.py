"""Lists of numbers as people type them."""

import re

from muvae import InvalidInputError

_PART = re.compile(r"(\d{1,9})(?:\s*-\s*(\d{1,9}))?")


def parse_indices(text: str, size: int, most: int) -> list[int]:
    """The indices that "3, 17, 40-45" names, each once, in that order, at most `most` of them.

    InvalidInputError says which part cannot be read or is not under `size`.
    """
    indices: dict[int, None] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _PART.fullmatch(part)
        if match is None:
            raise InvalidInputError(f"{part[:20]!r} is neither a number nor a range such as 40-45")
        first, last = int(match[1]), int(match[2] or match[1])
        if max(first, last) >= size:
            raise InvalidInputError(f"{part!r} goes past the last image, {size - 1}")
        if last < first:
            raise InvalidInputError(f"{part!r} ends before it begins")
        indices |= dict.fromkeys(range(first, min(last, first + most) + 1))
    if not indices:
        raise InvalidInputError("no image is named; give numbers such as 3, 17, 40-45")
    return list(indices)[:most]
