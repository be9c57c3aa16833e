"""scripts/sdk python client && pip install ./client && python docs/clients/detect.py models/example.jpg."""

import os
import sys
from pathlib import Path

from specsight_client import AuthenticatedClient
from specsight_client.api.detection import predict_upload
from specsight_client.models import Detections, Problem, UploadRequest
from specsight_client.types import File

url = os.environ.get("SPECSIGHT_URL", "http://127.0.0.1:5000")
token = os.environ.get("SPECSIGHT_TOKEN", "")  # a server without tokens ignores it
photo = Path(sys.argv[1])

with AuthenticatedClient(url, token=token) as client, photo.open("rb") as file:
    request = UploadRequest(File(file, photo.name), score_th=0.5)
    answer = predict_upload.sync(client=client, body=request)

if isinstance(answer, Detections):
    for found in answer.normalized_vertices:
        print(found.name, found.score)
elif isinstance(answer, Problem):
    sys.exit(answer.detail)
