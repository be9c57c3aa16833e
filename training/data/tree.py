"""The files of a data set, found by the names that annotations have for them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from training.data.listing import part_named, part_of

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif"}


class Tree:
    """All files under a folder, but hidden ones.

    Attributes:
        root: the folder.
        photos: its photos, by path.
    """

    def __init__(self, path: Path) -> None:
        """Lists the files.

        Args:
            path: the folder, or one annotation file in it: then no other is looked at.

        Raises:
            FileNotFoundError: there is no such folder or file.
        """
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}")
        self.root = path if path.is_dir() else path.parent
        self._only = None if path.is_dir() else path
        self._files = sorted(_walk(self.root))
        self.photos = [file for file in self._files if file.suffix.lower() in PHOTO_SUFFIXES]
        self._by_name: dict[str, list[Path]] = defaultdict(list)
        self._by_stem: dict[str, list[Path]] = defaultdict(list)
        for photo in self.photos:
            self._by_name[photo.name.casefold()].append(photo)
            self._by_stem[photo.stem.casefold()].append(photo)

    def annotations(self, *suffixes: str) -> list[Path]:
        """Annotation files with one of these suffixes, in lower case, the nearest to the root first."""
        files = [self._only] if self._only else self._files
        return _nearest_first(file for file in files if file.suffix.lower() in suffixes)

    def named(self, *names: str) -> list[Path]:
        """Files with one of these names or suffixes, in lower case: in the order of the names, then nearest first."""
        files = _nearest_first(self._files)
        return [file for name in names for file in files if name in (file.name.lower(), file.suffix.lower())]

    def under(self, folder: Path) -> list[Path]:
        """Photos in a folder and the folders in it."""
        return [photo for photo in self.photos if folder in photo.parents]

    def find_photo(self, text: str, near: Path) -> Path | None:
        """Finds the photo that an annotation names.

        The text may be a path on another machine, with Windows separators, or have another suffix than the file. Of
        several photos with that name, the one that agrees in most folders is taken, then one of the annotation's part,
        then the nearest to the annotation.

        Args:
            text: a name or a path.
            near: the annotation file.

        Returns:
            The photo; None if there is none, or if several agree equally well.
        """
        wanted = path_parts(text)
        if not wanted:
            return None
        candidates = self._by_name.get(wanted[-1].casefold(), [])
        if not candidates:
            stem = PurePosixPath(wanted[-1]).stem if suffix_of(wanted[-1]) in PHOTO_SUFFIXES else wanted[-1]
            candidates = self._by_stem.get(stem.casefold(), [])
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        part = part_named(near.stem) or part_of(near, self.root)
        return _best(
            candidates,
            lambda photo: (
                _agreeing(photo.parent.parts, wanted[:-1]),
                part_of(photo, self.root) == part,
                _count_shared(photo, near),
            ),
        )

    def find(self, text: str, base: Path) -> Path | None:
        """Finds a file or folder by its path, relative to `base`; leading folders of another machine are ignored."""
        wanted = path_parts(text)
        direct = Path(base, text.strip().strip("'\""))
        for path in (
            direct,
            *(Path(start, *wanted[skip:]) for skip in range(len(wanted)) for start in (base, self.root)),
        ):
            if path.exists():
                return Path(os.path.normpath(path))
        return None


def path_parts(text: str) -> list[str]:
    """The folders and the name of a path as any system writes it, without drive, `.` and `..`."""
    text = text.strip().strip("'\"")
    if "://" in text:
        text = unquote(text.split("://", 1)[1].split("?", 1)[0])
    parts = text.replace("\\", "/").split("/")
    return [part for part in parts if part not in ("", ".", "..") and not part.endswith(":")]


def suffix_of(name: str) -> str:
    """The suffix of a name, in lower case."""
    return PurePosixPath(name).suffix.lower()


def _nearest_first(files: Iterable[Path]) -> list[Path]:
    return sorted(files, key=lambda file: (len(file.parts), file))


def _walk(root: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:  # a link to a folder above it
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        for name in names:
            if not name.startswith("."):
                yield Path(folder, name)


def _best(candidates: list[Path], rank: Callable[[Path], tuple[int, ...]]) -> Path | None:
    """The candidate with the highest rank; None if several have it."""
    ranked = sorted(candidates, key=rank, reverse=True)
    return None if rank(ranked[0]) == rank(ranked[1]) else ranked[0]


def _agreeing(folders: tuple[str, ...], wanted: list[str]) -> int:
    """The number of folders that two paths share at their ends."""
    count = 0
    for one, other in zip(reversed(folders), reversed(wanted), strict=False):
        if one.casefold() != other.casefold():
            break
        count += 1
    return count


def _count_shared(one: Path, other: Path) -> int:
    """The number of folders that two paths share from the root on."""
    return len(Path(os.path.commonpath([one, other])).parts)
