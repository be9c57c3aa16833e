"""Bytes in, detections out. Nothing here knows of HTTP, of the contract or of the service's settings."""

import os

os.environ.setdefault(
    "OPENCV_LOG_LEVEL", "SILENT"
)  # read as cv2 is imported: a damaged upload is answered, not printed
