"""The service's settings, read once from the environment."""

import math
import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta, field

from detector import RuntimeName
from process import usable_cpus

ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
OWN_PORT = re.compile(r"^(http:.*):80$|^(https:.*):443$")


class SettingsError(RuntimeError):
    """An environment variable has an unusable value; the message names it."""


class Settings(msgspec.Struct, frozen=True):
    """The service's settings. Variables are named like the fields, in capitals; an empty one counts as unset."""

    host: Annotated[str, Meta(description="Address to listen on.")] = field(name="HOST", default="127.0.0.1")
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on.")] = field(name="PORT", default=5000)
    models: Annotated[
        str,
        Meta(description="Folder with the models, absolute or relative to app.py; every .tflite file in it is served."),
    ] = field(name="DETECTOR_MODELS", default="models")
    default_model: Annotated[
        str,
        Meta(description="Model for requests that name neither a model nor a label; by default, the first by name."),
    ] = field(name="DETECTOR_DEFAULT_MODEL", default="")
    skip_unusable: Annotated[
        bool,
        Meta(description="Skip unusable models instead of refusing to start, as long as one works."),
    ] = field(name="DETECTOR_SKIP_UNUSABLE", default=False)
    reload_seconds: Annotated[
        float, Meta(ge=0, description="Seconds between checks of the folder for changed models; 0 means never.")
    ] = field(name="DETECTOR_RELOAD_SECONDS", default=1.0)
    tokens: Annotated[
        str,
        Meta(description="Accepted tokens, comma-separated, `TOKEN` or `NAME:TOKEN`. With none, the service is open."),
    ] = field(name="DETECTOR_TOKENS", default="")
    tokens_file: Annotated[
        str, Meta(description="File with more tokens, one per line; read again when it changes.")
    ] = field(name="DETECTOR_TOKENS_FILE", default="")
    runtime: Annotated[
        RuntimeName, Meta(description="`litert`, or `tflite-runtime` (install the extra of that name).")
    ] = field(name="DETECTOR_RUNTIME", default="litert")
    max_body_bytes: Annotated[int, Meta(ge=1, description="Maximum size of a request's body, bytes.")] = field(
        name="DETECTOR_MAX_BODY_BYTES", default=32 * 2**20
    )
    max_held_bytes: Annotated[
        int, Meta(ge=1, description="Maximum bytes of bodies that one worker holds at a time; more get a 503.")
    ] = field(name="DETECTOR_MAX_HELD_BYTES", default=256 * 2**20)
    queue: Annotated[
        int,
        Meta(ge=0, description="Requests with photos that may wait for a core in one worker; more get a 503."),
    ] = field(name="DETECTOR_QUEUE", default=32)
    max_decoded_bytes: Annotated[
        int, Meta(ge=1, description="Maximum bytes of decoded pixels in one worker; more get a 503.")
    ] = field(name="DETECTOR_MAX_DECODED_BYTES", default=2**30)
    answer_seconds: Annotated[
        float, Meta(gt=0, description="Time from the end of a body to the answer, seconds; later, it is a 503.")
    ] = field(name="DETECTOR_ANSWER_SECONDS", default=30.0)
    header_seconds: Annotated[
        float, Meta(gt=0, description="Time for the first request of a connection to arrive, seconds.")
    ] = field(name="DETECTOR_HEADER_SECONDS", default=10.0)
    unread_seconds: Annotated[
        float,
        Meta(gt=0, description="Time after which a client that does not read its answer is disconnected, seconds."),
    ] = field(name="DETECTOR_UNREAD_SECONDS", default=30.0)
    body_seconds: Annotated[float, Meta(gt=0, le=86_400, description="Time for a body to arrive, seconds.")] = field(
        name="DETECTOR_BODY_SECONDS", default=60.0
    )
    max_pixels: Annotated[int, Meta(ge=1, description="Maximum pixels of a photo, width times height.")] = field(
        name="DETECTOR_MAX_PIXELS", default=108_000_000
    )
    max_side: Annotated[int, Meta(ge=1, le=65535, description="Maximum pixels along a photo's side.")] = field(
        name="DETECTOR_MAX_SIDE", default=16_384
    )
    max_tiles: Annotated[
        int,
        Meta(ge=0, le=10_000, description="Maximum tiles in all photos of a request; each takes one run of a model."),
    ] = field(name="DETECTOR_MAX_TILES", default=64)
    image_hosts: Annotated[
        str,
        Meta(description="Hosts to fetch photos from by `imageUri`, comma-separated; `*` for the whole internet."),
    ] = field(name="DETECTOR_IMAGE_HOSTS", default="")
    image_networks: Annotated[
        str, Meta(description="Private networks that these hosts may be in, comma-separated, such as `192.168.1.0/24`.")
    ] = field(name="DETECTOR_IMAGE_NETWORKS", default="")
    image_seconds: Annotated[float, Meta(gt=0, description="Time to fetch all photos of a request, seconds.")] = field(
        name="DETECTOR_IMAGE_SECONDS", default=10.0
    )
    origins: Annotated[
        str, Meta(description="Origins of web pages that may call the service, comma-separated; `*` for every page.")
    ] = field(name="DETECTOR_ORIGINS", default="")
    metrics: Annotated[
        Literal["on", "off", "token"],
        Meta(description="`GET /metrics`: `on` for everyone, `off`, or `token` to require one as elsewhere."),
    ] = field(name="DETECTOR_METRICS", default="token")
    compatibility: Annotated[bool, Meta(description="Also answer clients of other services.")] = field(
        name="DETECTOR_COMPATIBILITY", default=False
    )
    validate_responses: Annotated[
        bool, Meta(description="Check every answer against the contract, as the tests do.")
    ] = field(name="DETECTOR_VALIDATE_RESPONSES", default=False)
    keep_alive_seconds: Annotated[
        int,
        Meta(
            ge=0,
            description="Time that an idle connection stays open, seconds; 0 closes each after its response.",
        ),
    ] = field(name="KEEP_ALIVE_SECONDS", default=5)
    workers: Annotated[
        int, Meta(ge=0, description="Number of worker processes; 0 means one per four CPUs of this container.")
    ] = field(name="WEB_CONCURRENCY", default=0)
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Minimum severity that is logged.")
    ] = field(name="LOG_LEVEL", default="info")
    log_format: Annotated[Literal["text", "json"], Meta(description="Log lines as `text`, or as `json` objects.")] = (
        field(name="LOG_FORMAT", default="text")
    )

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Reads the settings from an environment.

        Raises:
            SettingsError: a value is of the wrong type or out of range.
        """
        names = [each.encode_name for each in msgspec.structs.fields(cls)]
        given = {name: environment[name] for name in names if environment.get(name)}
        try:
            return msgspec.convert(given, cls, strict=False)
        except msgspec.ValidationError as error:
            variable = str(error).rpartition(" - at `$.")[2].rstrip("`")
            kinds = {each.encode_name: each.type for each in msgspec.structs.fields(cls)}
            raise SettingsError(f"{variable} cannot be used: it must be {expected(kinds[variable])}.") from None

    def all_image_hosts(self) -> frozenset[str]:
        """Every host that photos may be fetched from."""
        return frozenset(host.strip() for host in self.image_hosts.split(",")) - {""}

    def all_image_networks(self) -> list[IPv4Network | IPv6Network]:
        """Every network, besides the internet, that photos may be fetched from.

        Raises:
            SettingsError: one is not a network.
        """
        named = [network.strip() for network in self.image_networks.split(",")]
        try:
            return [ip_network(network, strict=False) for network in named if network]
        except ValueError:
            raise SettingsError(
                "DETECTOR_IMAGE_NETWORKS cannot be used: write networks as 192.168.1.0/24, separated by commas."
            ) from None

    def all_origins(self) -> list[str]:
        """Every origin whose pages may call the service, in browsers' form.

        Raises:
            SettingsError: one is not an origin.
        """
        origins = [entry.strip().lower().removesuffix("/") for entry in self.origins.split(",") if entry.strip()]
        if not all(origin == "*" or ORIGIN.fullmatch(origin) for origin in origins):
            raise SettingsError(
                "DETECTOR_ORIGINS cannot be used: write origins as https://example.com, separated by commas, or *."
            )
        return [OWN_PORT.sub(r"\1\2", origin) for origin in origins]

    def worker_count(self) -> int:
        """The number of worker processes: one per four CPUs, so that Python is never a worker's bottleneck."""
        return self.workers or math.ceil(usable_cpus() / 4)

    def worker_cpus(self) -> int:
        """The number of CPUs per worker; together, the workers have all of them."""
        return max(1, math.ceil(usable_cpus() / self.worker_count()))


def expected(setting: Any) -> str:
    """The values that a setting may have, in words.

    Args:
        setting: its type, annotated with its bounds.
    """
    kind, meta = get_args(setting)
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    if kind is bool:
        return "true or false, or 1 or 0"
    number = "a whole number" if kind is int else "a number"
    lower = f"above {meta.gt}" if meta.ge is None else f"of at least {meta.ge}"
    return f"{number} {lower}" if meta.le is None else f"{number} {lower} and at most {meta.le}"
