"""Which models are loaded and what they find."""

import dataclasses

from msgspec.structs import asdict

import schemas
from detector.detector import Detector
from detector.errors import UnknownModel
from detector.serving.model import Model
from web.problems import Refusal


def list_models(detector: Detector) -> schemas.ModelList:
    """Every loaded model, the default first."""
    return schemas.ModelList(models=[describe(model) for model in detector.models])


def get_model(detector: Detector, model: str) -> schemas.Model:
    """One model."""
    try:
        return describe(detector.models.get(model))
    except UnknownModel as error:
        raise Refusal(404, str(error)) from None


def describe(model: Model) -> schemas.Model:
    """A model in the contract's words."""
    picture = model.family.input
    return schemas.Model(
        name=model.name,
        family=model.family.name,
        labels=list(model.labels),
        input=schemas.ImageSize(width=picture.width, height=picture.height),
        digest=model.file.digest,
        defaults=defaults_of(model),
        sources=schemas.Sources(**dataclasses.asdict(model.sources)),
        runtime=schemas.Runtime(name=model.runtime.name, version=model.runtime.version, threads=model.runtime.threads),
    )


def defaults_of(model: Model) -> schemas.Options:
    """What a model's options are where a request leaves them out."""
    stated = asdict(model.file.sidecar.defaults)
    return schemas.Options(**{name: value for name, value in stated.items() if value is not None})
