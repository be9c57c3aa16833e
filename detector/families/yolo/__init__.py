"""YOLO families: one module per output layout."""
