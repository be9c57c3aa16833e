"""SSD families: anchors, and the ways in which their heads are exported."""
