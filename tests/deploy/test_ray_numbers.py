"""The numbers in Ray's manifest and configuration equal each other and the settings that they mirror."""

import json
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from settings import Settings
from tests.support.ray_cluster import needs_ray
from tests.support.server import ROOT

RAY = ROOT / "deploy" / "ray"
CONFIG = yaml.safe_load((RAY / "serve.yml").read_text("utf-8"))
MANIFEST = yaml.safe_load((RAY / "ray-service.yml").read_text("utf-8"))
IN_MANIFEST = yaml.safe_load(MANIFEST["spec"]["serveConfigV2"])
CLUSTER = MANIFEST["spec"]["rayClusterConfig"]
[WORKERS] = CLUSTER["workerGroupSpecs"]
DEFAULTS = Settings()
OF_RAY = 2  # GiB for its own processes and its store, besides 512 MiB per replica for the models and the rest


def deployment(config: dict[str, Any]) -> dict[str, Any]:
    """The only deployment of a configuration."""
    [application] = config["applications"]
    [only] = application["deployments"]
    found: dict[str, Any] = only
    return found


def pods() -> list[dict[str, Any]]:
    """The pods of the head and of the workers."""
    return [group["template"]["spec"] for group in (CLUSTER["headGroupSpec"], WORKERS)]


def test_same_configuration() -> None:
    """The manifest has the configuration of serve.yml, but for the address and the number of replicas."""
    ours, theirs = (yaml.safe_load(yaml.safe_dump(config)) for config in (CONFIG, IN_MANIFEST))
    for config in (ours, theirs):
        config["http_options"].pop("host")
        for bound in ("min_replicas", "max_replicas"):
            deployment(config)["autoscaling_config"].pop(bound)
    assert ours == theirs
    assert CONFIG["http_options"] == {"host": DEFAULTS.host, "port": DEFAULTS.port}


@needs_ray
@pytest.mark.parametrize("config", [CONFIG, IN_MANIFEST], ids=["serve.yml", "manifest"])
def test_valid_for_ray(config: dict[str, Any]) -> None:
    """Ray's own schema takes the configuration, and has every field of it."""
    program = (
        "import json, sys; from ray.serve.schema import ServeDeploySchema; given = json.load(sys.stdin); "
        "read = ServeDeploySchema.model_validate(given).model_dump(mode='json', exclude_unset=True); "
        "sys.exit(read['applications'][0]['deployments'] != given['applications'][0]['deployments'])"
    )
    words = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(words, input=json.dumps(config), text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("config", [CONFIG, IN_MANIFEST], ids=["serve.yml", "manifest"])
def test_the_service_refuses_first(config: dict[str, Any]) -> None:
    """Ray sends a replica more requests than it lets in, so that the service refuses those beyond, not Ray."""
    only = deployment(config)
    cpus = only["ray_actor_options"]["num_cpus"]
    assert only["max_ongoing_requests"] > cpus + DEFAULTS.queue + 8  # probes and pages, too
    assert cpus < only["autoscaling_config"]["target_ongoing_requests"] < cpus + DEFAULTS.queue
    assert only["graceful_shutdown_timeout_s"] > DEFAULTS.answer_seconds


def test_nodes_fit_replicas() -> None:
    """The bounds on replicas fill the bounds on nodes; the head has no replica."""
    [container] = WORKERS["template"]["spec"]["containers"]
    cpus = int(container["resources"]["limits"]["cpu"])
    scaling = deployment(IN_MANIFEST)["autoscaling_config"]
    assert scaling["min_replicas"] == WORKERS["minReplicas"] * cpus
    assert scaling["max_replicas"] == WORKERS["maxReplicas"] * cpus
    assert CLUSTER["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"


def test_memory() -> None:
    """A node has memory for everything that the settings allow its replicas, and for Ray."""
    [container] = WORKERS["template"]["spec"]["containers"]
    limits = container["resources"]["limits"]
    per_replica = (DEFAULTS.max_held_bytes + DEFAULTS.max_decoded_bytes) / 2**30 + 0.5
    assert int(limits["memory"].removesuffix("Gi")) >= int(limits["cpu"]) * per_replica + OF_RAY
    assert container["resources"]["requests"] == limits


def test_versions() -> None:
    """The manifest has the pinned version of Ray, and the image's tag is the contract's version."""
    pinned = re.search(r"^ray==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    assert pinned
    assert CLUSTER["rayVersion"] == pinned[1]
    version = yaml.safe_load((ROOT / "openapi.yml").read_text("utf-8"))["info"]["version"]
    assert {pod["containers"][0]["image"].rpartition(":")[2] for pod in pods()} == {version}


def test_pods() -> None:
    """Pods run as the image's user, on a read-only root, have the tokens, and serve at the port that Ray listens on."""
    user = re.search(r"^USER (\d+):(\d+)\n*\Z", (RAY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    assert user
    for pod in pods():
        context = pod["securityContext"]
        assert (context["runAsUser"], context["runAsGroup"]) == tuple(map(int, user.groups()))
        [container] = pod["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert ports["serve"] == IN_MANIFEST["http_options"]["port"]
        [file] = [each["value"] for each in container["env"] if each["name"] == "DETECTOR_TOKENS_FILE"]
        assert file.rpartition("/")[0] in {mount["mountPath"] for mount in container["volumeMounts"]}
    stopping = WORKERS["template"]["spec"]["terminationGracePeriodSeconds"]
    assert stopping > deployment(IN_MANIFEST)["graceful_shutdown_timeout_s"]
