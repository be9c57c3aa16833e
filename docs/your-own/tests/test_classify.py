"""The service answers as its contract says."""

from pathlib import Path

from app import create_app
from settings import Settings

PHOTO = (Path(__file__).parents[1] / "models" / "example.jpg").read_bytes()
client = create_app(Settings(validate_responses=True)).test_client()


def test_labels_come_best_first() -> None:
    """A photo gets as many labels as are asked for, best first."""
    answer = client.post("/classify?count=2", content=PHOTO, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200
    first, second = answer.json()["labels"]
    assert first["score"] >= second["score"]


def test_what_is_no_photo_is_refused() -> None:
    """Bytes that are no photo get a problem with a code."""
    answer = client.post("/classify", content=b"no photo", headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable-photo")
