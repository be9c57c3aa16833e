"""The numbers in the manifests and in the compose file equal the settings that they mirror."""

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import requests
import yaml

from settings import Settings
from tests.support.server import GUNICORN, PATIENCE, ROOT, Server
from tests.support.tools import needs
from web.probe import PORT

DEPLOY = ROOT / "deploy"
CONTRACT = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
DEFAULTS = Settings()
BYTES = {"m": 1 << 20, "MiB": 1 << 20, "Mi": 1 << 20, "Gi": 1 << 30}
OF_THE_REST = 512 << 20  # bytes, besides what the settings bound; the bundled model takes a third of it
OF_KSERVE = {"STORAGE_URI"}

Manifest = dict[str, Any]


def in_bytes(text: str) -> int:
    """A size as Kubernetes, nginx or Caddy write it."""
    number = text.rstrip("".join(BYTES))
    return int(number) * BYTES[text.removeprefix(number)]


def in_seconds(text: str) -> int:
    """A time as nginx, Caddy or compose files write it."""
    assert re.fullmatch(r"\d+s", text)
    return int(text[:-1])


def of_kind(file: Path, kind: str) -> Iterator[Manifest]:
    """The manifests of a kind in a file."""
    return (each for each in yaml.safe_load_all(file.read_text("utf-8")) if each["kind"] == kind)


@pytest.fixture(params=["small", "cpu", "queue", "kserve"])
def pod(request: pytest.FixtureRequest, rendered: dict[str, Path]) -> Manifest:
    """The pod of each overlay, and of KServe."""
    if request.param == "kserve":
        [service] = of_kind(DEPLOY / "kserve" / "inference-service.yml", "InferenceService")
        predictor: Manifest = service["spec"]["predictor"]
        return predictor
    [deployment] = of_kind(rendered[request.param], "Deployment")
    pod: Manifest = deployment["spec"]["template"]["spec"]
    return pod


@pytest.fixture
def container(pod: Manifest) -> Manifest:
    """Its only container."""
    [container] = pod["containers"]
    only: Manifest = container
    return only


@pytest.fixture
def settings(container: Manifest) -> Settings:
    """The service's settings from the manifest's environment."""
    return Settings.read({variable["name"]: variable["value"] for variable in container["env"]})


@pytest.fixture(scope="module")
def graceful_seconds() -> int:
    """Gunicorn's time for photos at work when it stops."""
    printed = subprocess.run(
        [GUNICORN, "--print-config"], cwd=ROOT, env={"PORT": "0"}, check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"^graceful_timeout += (\d+)$", printed, re.MULTILINE)
    assert found
    return int(found[1])


def test_overlays(rendered: dict[str, Path]) -> None:
    """These tests cover every overlay."""
    assert set(rendered) == {"small", "cpu", "queue"}


def test_variables(container: Manifest, settings: Settings) -> None:
    """Every variable in the manifests is one of the service's settings; tokens are required."""
    known = {field.encode_name for field in msgspec.structs.fields(Settings)}
    assert {variable["name"] for variable in container["env"]} <= known | OF_KSERVE
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert str(Path(settings.tokens_file).parent) in mounted
    assert settings.models in mounted | {DEFAULTS.models, "/mnt/models"}


def test_image(container: Manifest) -> None:
    """The image has the contract's version."""
    _, _, tag = container["image"].rpartition(":")
    assert tag == CONTRACT["info"]["version"]


def test_user(pod: Manifest) -> None:
    """The pod's user is the image's."""
    user = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert user
    context = pod["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (*map(int, user.groups()), int(user[2]))


def test_port(container: Manifest) -> None:
    """The container's port is the image's, and the one that its health check asks by default."""
    [port] = container["ports"]
    assert port["containerPort"] == DEFAULTS.port
    assert f"EXPOSE {DEFAULTS.port}\n" in DOCKERFILE
    assert DEFAULTS.port == PORT


@pytest.mark.parametrize(
    ("probe", "operation"),
    [("startupProbe", "getReadiness"), ("readinessProbe", "getReadiness"), ("livenessProbe", "getLiveness")],
)
def test_probes(container: Manifest, server: Server, probe: str, operation: str) -> None:
    """Each probe uses the contract's operation, at the container's port, and the service answers it."""
    asked = container[probe]["httpGet"]
    assert CONTRACT["paths"][asked["path"]]["get"]["operationId"] == operation
    assert asked["port"] in {container["ports"][0].get("name"), DEFAULTS.port}
    assert requests.get(server.url + asked["path"], timeout=PATIENCE).status_code == 200


def test_liveness_is_patient(container: Manifest) -> None:
    """A pod is taken out of service before it is killed."""
    readiness, liveness = (
        container[probe]["periodSeconds"] * container[probe]["failureThreshold"]
        for probe in ("readinessProbe", "livenessProbe")
    )
    assert readiness < liveness


def test_grace(pod: Manifest, container: Manifest, graceful_seconds: int) -> None:
    """A stopping pod has time until proxies know, and for the photos at work."""
    before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert before >= 5
    assert pod["terminationGracePeriodSeconds"] >= before + graceful_seconds + 5


def test_compose_grace(graceful_seconds: int) -> None:
    """The compose file gives the service time for the photos at work."""
    service = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))["services"]["specsight"]
    assert in_seconds(service["stop_grace_period"]) >= graceful_seconds + 5


def test_resources(container: Manifest, settings: Settings) -> None:
    """The limits are whole CPUs, with a share per worker, and memory for everything that the settings allow."""
    limits = container["resources"]["limits"]
    assert container["resources"]["requests"] == limits
    cpus = int(limits["cpu"])
    workers = settings.workers or math.ceil(cpus / 4)
    assert in_bytes(limits["memory"]) >= workers * (settings.max_held_bytes + settings.max_decoded_bytes) + OF_THE_REST


def test_kserve_differs_in_models_alone(rendered: dict[str, Path]) -> None:
    """KServe's container equals the other overlays', except for KServe's names and its folder of models."""
    [service] = of_kind(DEPLOY / "kserve" / "inference-service.yml", "InferenceService")
    [deployment] = of_kind(rendered["cpu"], "Deployment")
    theirs, ours = service["spec"]["predictor"], deployment["spec"]["template"]["spec"]
    for field in ("securityContext", "terminationGracePeriodSeconds", "automountServiceAccountToken"):
        assert theirs[field] == ours[field]
    [theirs], [ours] = theirs["containers"], ours["containers"]
    same = {"image", "imagePullPolicy", "resources", "lifecycle", "securityContext"}
    assert {name: theirs[name] for name in same} == {name: ours[name] for name in same}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert theirs[probe] | {"httpGet": None} == ours[probe] | {"httpGet": None}


@pytest.mark.parametrize("overlay", ["cpu", "queue"])
def test_ingress(rendered: dict[str, Path], overlay: str) -> None:
    """The ingress accepts bodies as large as the service does, and waits as long as a response may take."""
    [ingress] = of_kind(rendered[overlay], "Ingress")
    annotations = ingress["metadata"]["annotations"]
    assert in_bytes(annotations["nginx.org/client-max-body-size"]) == DEFAULTS.max_body_bytes
    longest = max(DEFAULTS.body_seconds, DEFAULTS.answer_seconds)
    assert in_seconds(annotations["nginx.org/proxy-read-timeout"]) > longest


@pytest.mark.parametrize("overlay", ["cpu", "queue"])
def test_autoscaled(rendered: dict[str, Path], overlay: str) -> None:
    """An autoscaled workload states no number of its own, and always has two pods, one of which may be missing."""
    [deployment] = of_kind(rendered[overlay], "Deployment")
    assert "replicas" not in deployment["spec"]
    [budget] = of_kind(rendered[overlay], "PodDisruptionBudget")
    if overlay == "cpu":
        [scaler] = of_kind(rendered[overlay], "HorizontalPodAutoscaler")
        target, least = scaler["spec"]["scaleTargetRef"], scaler["spec"]["minReplicas"]
    else:
        [scaler] = of_kind(rendered[overlay], "ScaledObject")
        target, least = scaler["spec"]["scaleTargetRef"], scaler["spec"]["minReplicaCount"]
    assert target["name"] == deployment["metadata"]["name"]
    assert least > budget["spec"]["maxUnavailable"]


@pytest.mark.parametrize("overlay", ["cpu", "queue"])
def test_monitoring(rendered: dict[str, Path], server: Server, overlay: str) -> None:
    """The monitor scrapes the contract's metrics at the service's port."""
    [monitor] = of_kind(rendered[overlay], "ServiceMonitor")
    [service] = of_kind(rendered[overlay], "Service")
    [endpoint] = monitor["spec"]["endpoints"]
    assert CONTRACT["paths"][endpoint["path"]]["get"]["operationId"] == "getMetrics"
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert requests.get(server.url + endpoint["path"], timeout=PATIENCE).ok


def test_queue_metric(rendered: dict[str, Path], server: Server) -> None:
    """The queue's overlay uses the service's metrics, and adds pods before all CPUs are busy."""
    [scaled] = of_kind(rendered["queue"], "ScaledObject")
    [trigger] = scaled["spec"]["triggers"]
    metrics = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    asked = set(re.findall(r"specsight_\w+", trigger["metadata"]["query"]))
    assert asked == {"specsight_photos_at_work", "specsight_photos_waiting"}
    assert asked <= set(re.findall(r"^# TYPE (\w+) gauge$", metrics, re.MULTILINE))
    [deployment] = of_kind(rendered["queue"], "Deployment")
    cpus = int(deployment["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"])
    assert 0.5 * cpus < float(trigger["metadata"]["threshold"]) < cpus


@needs(shutil.which("promtool"), "Prometheus")
def test_queue_query(rendered: dict[str, Path], tmp_path: Path) -> None:
    """Prometheus answers the query with the photos in all pods of the namespace, and in no others."""
    [scaled] = of_kind(rendered["queue"], "ScaledObject")
    labels = '{{namespace="{namespace}",pod="{pod}"}}'
    photos = [("specsight", "a", 4, 9), ("specsight", "b", 3, 0), ("elsewhere", "c", 4, 32)]
    series = [
        {"series": f"specsight_photos_{name}{labels.format(namespace=namespace, pod=pod)}", "values": f"{number}x8"}
        for namespace, pod, *numbers in photos
        for name, number in zip(("at_work", "waiting"), numbers, strict=True)
    ]
    expected = {
        "expr": scaled["spec"]["triggers"][0]["metadata"]["query"],
        "eval_time": "2m",
        "exp_samples": [{"value": 16}],
    }
    tests = [{"interval": "15s", "input_series": series, "promql_expr_test": [expected]}]
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": tests}), "utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", tmp_path / "test.yml"], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
