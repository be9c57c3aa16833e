"""Lists the loaded models and their labels."""

import dataclasses

from msgspec import UNSET, UnsetType

import schemas
from detector import Detector, Model, UnknownModel
from handlers.causes import detail_of_error
from handlers.options import defaults_of
from web.problems.problem import Refusal

DEFAULT = "default"  # the default model's name for callers


async def list_models(detector: Detector, label: str | None = None) -> schemas.ModelList:
    """Every loaded model, or those that find a label; the default model comes first if it is among them."""
    models = [model for model in detector.models if label is None or label in model.labels]
    return schemas.ModelList(models=[describe(model) for model in models])


async def get_model(detector: Detector, model: str) -> schemas.Model:
    """One model; `default` is the default model, unless a model has that name."""
    models = detector.models  # read once, since they may be replaced at any time
    try:
        return describe(models.get(model))
    except UnknownModel as error:
        if model == DEFAULT:
            return describe(models.choose())
        raise Refusal(404, detail_of_error(error), code="unknown-model") from None


def model_name(detector: Detector, name: str) -> str | UnsetType:
    """The name of a model; `default` leaves the choice to the service, unless a model has that name."""
    return name if name != DEFAULT or name in [model.name for model in detector.models] else UNSET


def describe(model: Model) -> schemas.Model:
    """Describes a model in the contract's form."""
    image_input = model.family.input
    return schemas.Model(
        name=model.name,
        family=model.family.name,
        labels=list(model.labels),
        input=schemas.InputSize(width=image_input.width, height=image_input.height),
        digest=model.file.digest,
        defaults=defaults_of(model),
        origin=model.about.origin or UNSET,
        licence=model.about.licence or UNSET,
        sources=schemas.Sources(**dataclasses.asdict(model.sources)),
        runtime=schemas.Runtime(name=model.runtime.name, version=model.runtime.version, threads=model.runtime.threads),
    )


def metric_labels(model: Model) -> dict[str, str]:
    """The labels that describe a model in the metrics."""
    runtime = f"{model.runtime.name} {model.runtime.version}"
    return {"model": model.name, "family": model.family.name, "digest": model.file.digest, "runtime": runtime}
