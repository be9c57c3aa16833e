"""Calls every operation with the client in Python: calls.py URL TOKEN PHOTO LABEL."""

import base64
import io
import json
import sys
from pathlib import Path
from typing import Any, TypeVar

from specsight_client import AuthenticatedClient, Client
from specsight_client.api.detection import annotate, detect_batch, predict, predict_image, predict_upload
from specsight_client.api.health import get_liveness, get_metrics, get_readiness
from specsight_client.api.models import get_model, list_models
from specsight_client.models import (
    BatchRequest,
    Detection,
    Detections,
    Feature,
    Image,
    ImageRequest,
    PredictRequest,
    Problem,
    Thresholds,
    UploadRequest,
    Zone,
    ZonePoint,
)
from specsight_client.types import File, Response, Unset

Answer = TypeVar("Answer")

url, token, path, label = sys.argv[1:]
photo = Path(path).read_bytes()
base64_photo = base64.b64encode(photo).decode()
client = AuthenticatedClient(url, token=token) if token else Client(url)


def sure(answer: Answer | Problem | None) -> Answer:
    """The response, which must not be a problem."""
    assert answer is not None
    assert not isinstance(answer, Problem), answer.detail
    return answer


def found(answer: Detections | Problem | None) -> list[list[object]]:
    """The labels and scores of a response."""
    return [[each.name, each.score] for each in sure(answer).normalized_vertices]


def options(answer: Detections | Problem | None) -> list[object]:
    """The effects of the options: the number of objects, the first one's left side in pixels, drops by maxResults."""
    vertices, explanations = sure(answer).normalized_vertices, sure(answer).explain
    assert explanations
    return [len(vertices), vertices[0].x, explanations[0].dropped.max_results]


def located(vertices: list[Detection] | Unset) -> list[list[object]]:
    """The scores and the zones of detections."""
    assert not isinstance(vertices, Unset)
    return [[each.score, each.zones] for each in vertices]


def status(response: Response[Any]) -> list[object]:
    """The status of a problem, in the body and in the response."""
    assert isinstance(response.parsed, Problem)
    return [int(response.status_code), response.parsed.status]


def file() -> File:
    """The photo as a file."""
    return File(io.BytesIO(photo), "photo.jpg")


upload = UploadRequest(
    file(), type_=label, score_th=0.5, nms="agnostic", max_results=2, units="pixel", explain=True, min_width=0.0
)
batch = BatchRequest(
    [
        ImageRequest(Image(content=base64_photo), features=[Feature(score_th=0.7)]),
        ImageRequest(Image(content="aGVsbG8=")),
    ]
)
good, bad = sure(detect_batch.sync(client=client, body=batch)).responses
assert not isinstance(good.normalized_vertices, Unset)
assert not isinstance(bad.error, Unset)
drawn = sure(annotate.sync(client=client, body=UploadRequest(file())))
image = predict_image.sync(
    client=client,
    body=file(),
    score_th=0.5,
    nms="agnostic",
    max_results=2,
    units="pixel",
    explain=True,
)
left = [ZonePoint(x, y) for x, y in ((0, 0), (0.6, 0), (0.6, 1), (0, 1))]
right = [ZonePoint(x, y) for x, y in ((0.6, 0), (1, 0), (1, 1), (0.6, 1))]
zones = [
    Zone("left", left, inside="overlap", min_share=0.3, thresholds=Thresholds.from_dict({label: 0.3})),
    Zone("right", right, types=[label]),
]
thresholds = Thresholds.from_dict({label: 0.4})
feature = Feature(types=[label], thresholds=thresholds, max_height=0.95, zones=zones, only_zones=True)
flat = PredictRequest(
    image=base64_photo, types=[label], thresholds=thresholds, max_height=0.95, zones=zones, only_zones=True
)
one = BatchRequest([ImageRequest(Image(content=base64_photo), features=[feature])])
form = UploadRequest(file(), types=[label], thresholds=[f"{label}:0.4"], max_height=0.95, zones=zones, only_zones=True)
raw = predict_image.sync(client=client, body=file(), types=[label], thresholds=[f"{label}:0.4"], max_height=0.95)
left_out = [
    predict.sync_detailed(client=client, body=PredictRequest(image=base64_photo, type_=label, except_=[label])),
    predict_upload.sync_detailed(client=client, body=UploadRequest(file(), type_=label, except_=[label])),
    predict_image.sync_detailed(client=client, body=file(), type_=label, except_=[label]),
]
unknown = PredictRequest(image=base64_photo, type_="unicorn")
wrong = AuthenticatedClient(url, token="wrong")
print(
    json.dumps(
        {
            "predict": found(predict.sync(client=client, body=PredictRequest(image=base64_photo, score_th=0.7))),
            "predictUpload": found(predict_upload.sync(client=client, body=UploadRequest(file()))),
            "predictUploadOptions": options(predict_upload.sync(client=client, body=upload)),
            "predictImage": found(predict_image.sync(client=client, body=file())),
            "predictImageOptions": options(image),
            "detectBatch": [len(good.normalized_vertices), bad.error.status],
            "annotate": drawn.payload.read(2).hex(),
            "listModels": [each.name for each in sure(list_models.sync(client=client)).models],
            "getModel": sure(get_model.sync("default", client=client)).labels,
            "getLiveness": sure(get_liveness.sync(client=client)).status,
            "getMetrics": "specsight_requests" in sure(get_metrics.sync(client=client)),
            "getReadiness": sure(get_readiness.sync(client=client)).status,
            "predictFilters": located(sure(predict.sync(client=client, body=flat)).normalized_vertices),
            "detectBatchFilters": located(
                sure(detect_batch.sync(client=client, body=one)).responses[0].normalized_vertices
            ),
            "predictUploadFilters": located(sure(predict_upload.sync(client=client, body=form)).normalized_vertices),
            "predictImageFilters": found(raw),
            "leftOut": [int(each.status_code) for each in left_out],
            "listModelsByLabel": [
                [each.name for each in sure(list_models.sync(client=client, label=label)).models],
                len(sure(list_models.sync(client=client, label="unicorn")).models),
            ],
            "problem": status(predict.sync_detailed(client=client, body=unknown)),
            "refused": status(list_models.sync_detailed(client=wrong)) if token else [],
        }
    )
)
