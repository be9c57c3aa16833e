"""The manifests for Kubernetes, KServe and KubeRay are valid and hardened, as others judge."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.server import ROOT
from tests.support.tools import needs

DEPLOY = ROOT / "deploy"
KSERVE = DEPLOY / "kserve" / "inference-service.yml"
RAY = DEPLOY / "ray" / "ray-service.yml"
VALIDATE = Path(__file__).parent / "programs" / "validate.py"
EXEMPT = yaml.safe_load((DEPLOY / "checkov.yml").read_text("utf-8"))["skip-check"]

pytestmark = pytest.mark.slow

Done = subprocess.CompletedProcess[str]


def run(*command: str | Path) -> Done:
    """The output and exit status of a program."""
    return subprocess.run(command, check=False, capture_output=True, text=True, encoding="utf-8")


def test_valid(rendered: dict[str, Path], tools: Path) -> None:
    """Every manifest is valid for the three newest releases of Kubernetes, and for its operators."""
    done = run(tools / "python", VALIDATE, *rendered.values(), KSERVE, RAY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(set(re.findall(r"\b1\.\d+", done.stdout))) == 3


def test_validation_can_fail(rendered: dict[str, Path], tools: Path, tmp_path: Path) -> None:
    """A misspelt field and a value of another type are found, in Kubernetes's kinds and in those of operators."""
    spoilt = [
        ("small", "maxUnavailable: 1", "maxUnavailble: 1"),
        ("small", "replicas: 1", "replicas: one"),
        ("cpu", "interval: 15s", "intervall: 15s"),
        ("cpu", "averageUtilization: 70", "averageUtilization: 70%"),
        ("queue", "minReplicaCount: 2", "minReplicaCount: two"),
        ("queue", "pollingInterval: 15", "pollInterval: 15"),
    ]
    spoilt.append(("ray", "runAsNonRoot: true", "runAsNonRot: true"))
    files = [tmp_path / f"{number}.yml" for number in range(len(spoilt))]
    for file, (overlay, line, other) in zip(files, spoilt, strict=True):
        text = (rendered | {"ray": RAY})[overlay].read_text("utf-8")
        assert line in text
        file.write_text(text.replace(line, other), "utf-8")
    done = run(tools / "python", VALIDATE, *files)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [str(file) for file in files if str(file) not in done.stdout] == []


def test_hardened(rendered: dict[str, Path], tools: Path, tmp_path: Path) -> None:
    """Every objection of checkov, including those to KServe's pod, is exempt; every exemption is still needed."""
    service = yaml.safe_load(KSERVE.read_text("utf-8"))
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": service["metadata"], "spec": service["spec"]["predictor"]}
    of_kserve = tmp_path / "kserve.yml"
    of_kserve.write_text(yaml.safe_dump(pod), "utf-8")
    files = [f"--file={file}" for file in (*rendered.values(), of_kserve)]
    done = run(tools / "checkov", *files, f"--config-file={DEPLOY / 'checkov.yml'}", "--output=json")
    assert done.returncode == 0, done.stdout + done.stderr
    summary = yaml.safe_load(done.stdout)["summary"]
    assert summary["passed"] > 200
    assert summary["parsing_errors"] == 0
    for check in EXEMPT:
        alone = run(tools / "checkov", *files, f"--check={check}", "--framework=kubernetes", "--skip-download")
        assert alone.returncode == 1, f"{check} need not be exempt"


@needs(shutil.which("kubectl"), "kubectl")
def test_overlay_of_the_docs(tools: Path, tmp_path: Path) -> None:
    """The overlay that docs/deploying.md proposes is valid, and sets what it says."""
    shutil.copytree(DEPLOY / "kubernetes", tmp_path / "deploy" / "kubernetes")
    [overlay] = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "deploying.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "my-cluster").mkdir()
    (tmp_path / "my-cluster" / "kustomization.yml").write_text(overlay, "utf-8")
    shutil.copy(DEPLOY / "kubernetes" / "overlays" / "cpu" / "autoscaler.yml", tmp_path / "my-cluster")
    done = run("kubectl", "kustomize", tmp_path / "my-cluster")
    assert done.returncode == 0, done.stderr
    assert "example.com" not in done.stdout
    (tmp_path / "rendered.yml").write_text(done.stdout, "utf-8")
    valid = run(tools / "python", VALIDATE, tmp_path / "rendered.yml")
    assert valid.returncode == 0, valid.stdout


def test_exemptions_have_reasons() -> None:
    """Every exemption states the reason on its line."""
    lines = (DEPLOY / "checkov.yml").read_text("utf-8").splitlines()
    for check in EXEMPT:
        [line] = [line for line in lines if check in line]
        assert re.search(r"  # \w+( \S+){5,}$", line), line
