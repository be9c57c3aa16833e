"""From a folder of photos to a model that the service loads; needs the extra for training."""
