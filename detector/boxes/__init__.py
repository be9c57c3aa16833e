"""Candidate boxes: geometry, NMS, filters. Knows numpy alone: neither images, models nor files."""

from detector.boxes.candidates import Candidates
from detector.boxes.filters import Criteria, Dropped, select
from detector.boxes.geometry import area, clip, from_centres, intersection, iou
from detector.boxes.label_rules import LabelRules
from detector.boxes.nms import Overlaps
from detector.boxes.selection import Wanted, select_each
from detector.boxes.views import Seen
from detector.boxes.zones import Zone, in_zones

__all__ = [
    "Candidates",
    "Criteria",
    "Dropped",
    "LabelRules",
    "Overlaps",
    "Seen",
    "Wanted",
    "Zone",
    "area",
    "clip",
    "from_centres",
    "in_zones",
    "intersection",
    "iou",
    "select",
    "select_each",
]
