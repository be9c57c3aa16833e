"""YOLO: photos, each with a text file of boxes in labels/ beside images/, or beside the photo.

Label Studio's export is one, with its names in classes.txt or notes.json. Photos without a text file show no object.
"""

from __future__ import annotations

from training.data.formats.yolo_labels import LabelFiles, add_photo
from training.data.formats.yolo_names import NAME_FILES, read_names
from training.data.listing import Listing, part_of
from training.data.tree import Tree


def read(tree: Tree) -> Listing | None:
    """Reads every photo of the tree; folders named train, val or test make the parts."""
    names, warnings = read_names(tree)
    files = LabelFiles(tree, names)
    if not files:
        return None
    listing = Listing(list(names.values()), named=bool(names), warnings=warnings)
    used = set()
    for photo in tree.photos:
        add_photo(listing, part_of(photo, tree.root), photo, files)
        used.add(files.of(photo))
    stray = sorted(file for file in files.files - used if file.name.lower() not in NAME_FILES)
    listing.warnings += [f"{file.name}: no photo of that name" for file in stray]
    return listing
