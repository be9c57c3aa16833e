"""The predecessor of the service: Flask on tflite-runtime, one thread. Run `gunicorn naive_flask:app`."""

import base64
import os

import cv2
import numpy as np
from flask import Flask, request
from pixels import to_input
from tflite_runtime.interpreter import Interpreter

app = Flask(__name__)
interpreter = Interpreter(os.environ["MODEL"])
interpreter.allocate_tensors()


def look(data: bytes) -> dict[str, object]:
    """Boxes, classes and scores of a photo."""
    pixels = cv2.cvtColor(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    [image_input] = interpreter.get_input_details()
    _, height, width, _ = image_input["shape"]
    pixels = cv2.resize(pixels, (int(width), int(height)))
    interpreter.set_tensor(image_input["index"], to_input(pixels, image_input["dtype"]))
    interpreter.invoke()
    return {"answers": [interpreter.get_tensor(each["index"]).tolist() for each in interpreter.get_output_details()]}


@app.post("/predict/image")
def predict_image() -> dict[str, object]:
    """One photo, as raw bytes."""
    return look(request.data)


@app.post("/predict")
def predict() -> dict[str, object]:
    """One photo as base64."""
    return look(base64.b64decode(request.json["image"]))


@app.get("/health/ready")
def ready() -> str:
    """It runs."""
    return ""
