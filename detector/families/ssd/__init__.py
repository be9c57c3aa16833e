"""SSD families: anchors, and one module per export of their heads."""
