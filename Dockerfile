# One image for everything of ours; docker-compose.yml says what each container runs.

FROM node:22-bookworm-slim AS styles
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --no-update-notifier

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PATH=/opt/venv/bin:$PATH
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.txt ./
# Wheels only, each with its hash: nothing is compiled, and nothing is taken that was not locked.
RUN pip install --require-hashes --only-binary :all: -r requirements.txt
COPY . .
COPY --from=styles /build/node_modules node_modules
# Production settings ask for these two; neither is kept.
RUN export ENVIRONMENT=production SECRET_KEY=only-to-build ALLOWED_HOSTS=localhost \
    && python manage.py build_static \
    && python manage.py collectstatic --noinput --verbosity 0 \
    && python -c "from config.translations import compile_catalogs; compile_catalogs()" \
    && rm -rf node_modules static/vendor \
    && python -m compileall -q .

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin vuoro \
    && install -d -o vuoro -g vuoro /run/vuoro
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    PROMETHEUS_MULTIPROC_DIR=/run/vuoro \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_INTERFACE=asgi \
    GRANIAN_WEBSOCKETS=false \
    GRANIAN_WORKERS=2 \
    GRANIAN_BACKPRESSURE=4096 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true \
    GRANIAN_WORKERS_KILL_TIMEOUT=20 \
    GRANIAN_LOG_CONFIG=/app/config/granian_log.json
# By number, so that a cluster can see that it is not root.
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/-/live', timeout=4)"]
CMD ["granian", "config.asgi:application"]
