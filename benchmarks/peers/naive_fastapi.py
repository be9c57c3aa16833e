"""A service written in an afternoon: FastAPI on LiteRT. Run `uvicorn naive_fastapi:app --workers CORES`."""

import base64
import os
import threading

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from pixels import to_input
from pydantic import BaseModel

app = FastAPI()
interpreter = Interpreter(os.environ["MODEL"], num_threads=1)
interpreter.allocate_tensors()
lock = threading.Lock()


class Photo(BaseModel):
    """A photo as base64."""

    image: str


def look(data: bytes) -> dict[str, object]:
    """Boxes, classes and scores of a photo."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    [image_input] = interpreter.get_input_details()
    _, height, width, _ = image_input["shape"]
    pixels = cv2.resize(pixels, (int(width), int(height)))
    with lock:
        interpreter.set_tensor(image_input["index"], to_input(pixels, image_input["dtype"]))
        interpreter.invoke()
        answers = [interpreter.get_tensor(output["index"]).tolist() for output in interpreter.get_output_details()]
    return {"answers": answers}


@app.post("/predict/image")
async def predict_image(request: Request) -> dict[str, object]:
    """One photo, as raw bytes."""
    return await run_in_threadpool(look, await request.body())


@app.post("/predict")
def predict(photo: Photo) -> dict[str, object]:
    """One photo as base64."""
    return look(base64.b64decode(photo.image))


@app.get("/health/ready")
def ready() -> Response:
    """It runs."""
    return Response()
