# docker build --tag specsight . && docker run --read-only --publish 127.0.0.1:5000:5000 specsight
# Other models: --volume ./my-models:/app/models:ro. For --env, see docs/settings.md.

FROM python:3.13-slim-trixie AS build
RUN python -m venv --without-pip /opt/venv
# Only the service's dependencies, in a layer of their own; the service itself runs from its folder.
WORKDIR /dependencies
COPY requirements.txt ./
RUN pip --python /opt/venv install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps \
    --requirement requirements.txt
# Removes 50 MB that the service does not use: LiteRT's accelerators and their compilers, packages' tests, source maps.
RUN cd /opt/venv/lib/python3*/site-packages \
    && find . -type d \( -name tests -o -path ./ai_edge_litert/vendors \) -prune -exec rm -r {} + \
    && find . -type f \( -name '*.map' -o -path './ai_edge_litert/*Accelerator*' -o -name apply_plugin_main \) -delete
WORKDIR /app
COPY . .
RUN chmod -R a+rX . && python -m compileall -q --invalidation-mode unchecked-hash .

FROM python:3.13-slim-trixie
LABEL org.opencontainers.image.title="specsight" \
      org.opencontainers.image.description="A spec-first object-detection service" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-m", "web.probe"]
# The workers' heartbeat is a file in memory, which is writable even if the root is not.
CMD ["python", "serve.py"]
