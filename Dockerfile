# The server in a small image: no compiler, no shell scripts, not root, nothing it must write to.
# For amd64 and arm64: docker buildx build --platform linux/amd64,linux/arm64 .
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir "uv>=0.9,<1"
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=/opt/ptts
WORKDIR /source
COPY pyproject.toml uv.lock README.md LICENSE ./
COPY ptts_np ptts_np
RUN uv sync --frozen --no-dev --no-editable --extra serve

FROM python:3.13-slim
# released weights are kept here; the embedded model needs no place
RUN install -d -o 65534 -g 65534 /models
COPY --from=build /opt/ptts /opt/ptts
ENV PATH=/opt/ptts/bin:$PATH HOME=/ PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PTTS_CACHE=/models HF_HOME=/models/hub NUMBA_CACHE_DIR=/tmp/numba PTTS_SERVE_HOST=0.0.0.0
USER 65534:65534
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-m", "ptts_np.serve.health"]
ENTRYPOINT ["ptts-np"]
CMD ["serve"]
