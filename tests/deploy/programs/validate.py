"""Validates manifests by the schemas of Kubernetes, of KEDA and of the Prometheus operator: `validate.py FILE ...`.

It runs in the environment of scripts/deploy-tools, and prints one line per finding.
"""

import sys
from pathlib import Path

import kubernetes_validate
import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject
from cloudcoil.models.prometheus_operator.v1 import ServiceMonitor
from kubernetes_validate.utils import all_versions, latest_version, major_minor
from pydantic import ValidationError

CUSTOM = {"ScaledObject": ScaledObject, "ServiceMonitor": ServiceMonitor}
# The members of a predictor that a pod lacks. Source: serving.kserve.io_inferenceservices.yaml of KServe 0.16 to 0.18.
KSERVE = {"minReplicas", "maxReplicas", "scaleMetric", "scaleTarget"}


def newest(count):
    """The newest releases of Kubernetes with schemas."""
    major, minor = map(int, latest_version().split(".")[:2])
    minors = [f"{major}.{minor - back}" for back in range(count)]
    found = sorted({version for version in all_versions() if major_minor(version) in minors})
    if {major_minor(version) for version in found} != set(minors):
        sys.exit(f"Not all of Kubernetes {', '.join(minors)} have schemas.")
    return found


def findings(document, versions):
    """The faults of a manifest."""
    kind = document["kind"]
    if kind == "InferenceService":
        predictor = document["spec"]["predictor"]
        pod = {name: value for name, value in predictor.items() if name not in KSERVE}
        if len(pod) == len(predictor):
            yield "the predictor has no number of replicas"
        document = {"apiVersion": "v1", "kind": "Pod", "metadata": document["metadata"], "spec": pod}
    elif kind in CUSTOM:
        try:
            read = CUSTOM[kind].model_validate(document)
        except ValidationError as error:
            yield str(error)
        else:  # the model forgets what it does not know
            if read.model_dump(mode="json", by_alias=True, exclude_unset=True) != document:
                yield "has fields that its schema does not know"
        return
    for version in versions:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except Exception as error:  # noqa: PERF203 - each version has findings of its own
            yield f"Kubernetes {version}: {type(error).__name__} {error}"


def pods(document):
    """The pods of a RayService; KubeRay checks the rest, by a definition of megabytes. Any other manifest as it is."""
    if document["kind"] != "RayService":
        return [document]
    cluster = document["spec"]["rayClusterConfig"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": document["metadata"], **each["template"]} for each in groups
    ]


versions = newest(3)
wrong = [
    f"{file}: {document['kind']} {document['metadata']['name']}: {finding}"
    for file in sys.argv[1:]
    for manifest in yaml.safe_load_all(Path(file).read_text("utf-8"))
    for document in pods(manifest)
    for finding in findings(document, versions)
]
print("\n".join(wrong) or f"valid for Kubernetes {', '.join(versions)}")
sys.exit(bool(wrong))
