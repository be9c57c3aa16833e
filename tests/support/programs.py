"""Programs that use the generated clients, each language's strictest compilation of them, and their commands."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.support.tools import ROOT

NODE = ROOT / "scripts" / "node"
JARS = ROOT / "tests" / "node_modules"  # Kotlin's compiler and OkHttp
DEBIAN = Path("/usr/share/java")
CRATES = Path("/usr/share/cargo/registry")
GENERATOR = next((Path(sys.prefix) / "lib").glob("python*/site-packages/openapi_generator_cli/*.jar"), Path("missing"))
PATIENCE = 900  # seconds; a compiler on a busy machine

TOKEN = "open-sesame"

Command = list[str | Path]
Build = Callable[[Path, Sequence[Path]], Mapping[str, Command]]
Generate = Callable[[str], Path]
Programs = Callable[[str], Mapping[str, Command]]


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """The output of a command, which must succeed."""
    environment = os.environ | variables
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def python(folder: Path, programs: Sequence[Path]) -> dict[str, Command]:
    """Checks the types; nothing is compiled."""
    cache = f"--cache-dir={ROOT}/.mypy_cache"
    for program in programs:
        run(sys.executable, "-m", "mypy", "--strict", cache, program, cwd=folder, MYPYPATH=str(folder / "client"))
    return {program.stem: ["env", f"PYTHONPATH={folder}/client", sys.executable, program] for program in programs}


def typescript(folder: Path, programs: Sequence[Path]) -> dict[str, Command]:
    """Checks the types; nothing is compiled."""
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    strict = ["--strict", "--noUncheckedIndexedAccess", "--noPropertyAccessFromIndexSignature", "--noImplicitReturns"]
    for resolution in (["nodenext"], ["esnext", "--moduleResolution", "bundler"]):
        flags = [*strict, "--noEmit", "--target", "es2022", "--types", "node", "--module", *resolution]
        run(NODE / "run", "tsc", *flags, *programs, cwd=folder)
    return {program.stem: [NODE / "run", "jiti", program] for program in programs}


def go(folder: Path, programs: Sequence[Path]) -> dict[str, Command]:
    """Builds a module with the programs, each in its own folder, and the client beside them."""
    module = "specsight.example/specsight/client"
    (folder / "go.mod").write_text(
        f"module programs\n\ngo 1.18\n\nreplace {module} => ./client\n\nrequire {module} v0.0.0\n"
    )
    for program in programs:
        (folder / program.stem).mkdir()
        shutil.move(program, folder / program.stem / "main.go")
    run("go", "vet", "./...", cwd=folder)
    run("go", "build", "-o", "bin/", "./...", cwd=folder)
    return {program.stem: [folder / "bin" / program.stem] for program in programs}


# The generator's own archive holds the client's dependencies, except the one for forms and this annotation.
GENERATED = "package javax.annotation; public @interface Generated { String[] value(); String comments() default {}; }"


def java(folder: Path, programs: Sequence[Path]) -> dict[str, Command]:
    """Compiles the client, then the programs, without a warning; `path` is about manifests of Debian's archives."""
    (folder / "Generated.java").write_text(GENERATED.replace("{};", '"";'))
    path = f"{folder}/classes:{GENERATOR}:{DEBIAN}/httpmime.jar"
    sources: list[str | Path] = ["Generated.java", *(folder / "client/src/main").rglob("*.java")]
    run("javac", "-nowarn", "-d", "classes", "-cp", path, *sources, cwd=folder)
    run("javac", "-Xlint:all,-path", "-Werror", "-implicit:none", "-d", "classes", "-cp", path, *programs, cwd=folder)
    return {program.stem.lower(): ["java", "-cp", path, program.stem] for program in programs}


def kotlin(folder: Path, programs: Sequence[Path]) -> dict[str, Command]:
    """Compiles the client, then the programs, which must give no warning."""
    plugin = JARS / "allure-commandline/dist/plugins/jira-plugin/lib"
    okhttp = [*plugin.glob("okhttp-jvm-*.jar"), *plugin.glob("okio-jvm-*.jar")]
    path = ":".join(map(str, [folder / "client.jar", DEBIAN / "gson.jar", *okhttp]))
    compiler: list[str | Path] = ["bash", JARS / "kotlin-compiler/bin/kotlinc", "-cp", path]
    run(*compiler, "-nowarn", "-d", "client.jar", "client/src/main/kotlin", cwd=folder)
    run(*compiler, "-Werror", "-d", "programs.jar", *programs, cwd=folder)
    path += f":{folder}/programs.jar:{JARS}/kotlin-compiler/lib/kotlin-stdlib.jar"
    return {program.stem: ["java", "-cp", path, f"{program.stem.title()}Kt"] for program in programs}


CARGO = """
[package]
name = "programs"
version = "0.0.0"
edition = "2021"
[dependencies]
specsight = { path = "client", default-features = false }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
[profile.dev]
debug = 0
[lints.rust]
warnings = "deny"
"""
DEBIAN_CRATES = f"""
[source.crates-io]
replace-with = "debian"
[source.debian]
directory = "{CRATES}"
"""
# Debian's versions, in place of those that the client asks for.
VERSIONS = {
    'url = "^2.5"': 'url = "^2"',
    'version = "^1.46.0"': 'version = "^1"',
    'version = "^0.13"': 'version = "^0.11"',
    ', "query", "form"]': "]",
    '"reqwest/rustls"': '"reqwest/rustls-tls"',
}


def rust(folder: Path, programs: Sequence[Path]) -> dict[str, Command]:
    """Builds a package with the programs, and Debian's crates in place of newer ones."""
    manifest = (folder / "client/Cargo.toml").read_text("utf-8")
    for wanted, there in VERSIONS.items():
        assert wanted in manifest
        manifest = manifest.replace(wanted, there)
    (folder / "client/Cargo.toml").write_text(manifest, "utf-8")
    (folder / "Cargo.toml").write_text(CARGO, "utf-8")
    (folder / ".cargo").mkdir()
    (folder / ".cargo/config.toml").write_text(DEBIAN_CRATES, "utf-8")
    (folder / "src/bin").mkdir(parents=True)
    for program in programs:
        shutil.move(program, folder / "src/bin")
    target = ROOT / "build/rust"  # other people's crates are compiled once
    run("cargo", "build", "--offline", "--quiet", cwd=folder, CARGO_TARGET_DIR=str(target))
    return {program.stem: [target / "debug" / program.stem] for program in programs}


BUILDS: dict[str, Build] = {
    "python": python,
    "typescript": typescript,
    "go": go,
    "java": java,
    "kotlin": kotlin,
    "rust": rust,
}
SUFFIXES = {"python": ".py", "typescript": ".ts", "go": ".go", "java": ".java", "kotlin": ".kt", "rust": ".rs"}
NEEDS = {
    "python": True,
    "typescript": True,
    "go": shutil.which("go"),
    "java": shutil.which("javac") and (DEBIAN / "httpmime.jar").is_file(),
    "kotlin": shutil.which("java") and (DEBIAN / "gson.jar").is_file() and (JARS / "kotlin-compiler").is_dir(),
    "rust": shutil.which("cargo") and any(CRATES.glob("reqwest-0.11*")),
}
