"""training/scenes: the example photo and scenes to train on."""
