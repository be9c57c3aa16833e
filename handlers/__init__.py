"""The operations of the contract, and what they share.

One module per tag has one function per operation, typed request in, typed response out: compatibility.py, detection.py,
health.py and models.py. The others serve these:

- options.py, searches.py, zones.py, tiles.py and photo.py translate between the contract and the detector.
- batches.py answers several photos, so that none affects the others.
- google_vision.py, deepstack.py and doods.py translate between other services and the contract; dialects.py adds what
  their clients expect in an error.
- causes.py turns the detector's errors into problems; stages.py notes a photo's stages on its request's record.
"""
