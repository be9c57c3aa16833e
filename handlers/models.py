"""Lists the loaded models and what they find."""

import dataclasses

import schemas
from detector import Detector, Model, UnknownModel
from handlers.options import defaults_of
from web.problems import Refusal


async def list_models(detector: Detector) -> schemas.ModelList:
    """Every loaded model, the default first."""
    return schemas.ModelList(models=[describe(model) for model in detector.models])


async def get_model(detector: Detector, model: str) -> schemas.Model:
    """One model."""
    try:
        return describe(detector.models.get(model))
    except UnknownModel as error:
        raise Refusal(404, str(error)) from None


def describe(model: Model) -> schemas.Model:
    """A model in the contract's terms."""
    image_input = model.family.input
    return schemas.Model(
        name=model.name,
        family=model.family.name,
        labels=list(model.labels),
        input=schemas.ImageSize(width=image_input.width, height=image_input.height),
        digest=model.file.digest,
        defaults=defaults_of(model),
        sources=schemas.Sources(**dataclasses.asdict(model.sources)),
        runtime=schemas.Runtime(name=model.runtime.name, version=model.runtime.version, threads=model.runtime.threads),
    )
