"""Reads a .tflite file and the files beside it: labels, sidecar, metadata. Runs nothing but a sample."""
