"""Candidate boxes: geometry, NMS, filters. Knows numpy alone: neither images, models nor files."""
