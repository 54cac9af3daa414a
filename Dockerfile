# The image of web, worker, beat and migrate. PostgreSQL and Valkey are images of their own, see docker-compose.yml.
FROM python:3.13-slim-bookworm AS packages
COPY requirements.lock /tmp/
# The lock's first part is what production needs; the demo's servers and the test tools come after it.
RUN python -m venv /venv \
 && sed '/^# --- embedded$/,$d' /tmp/requirements.lock > /tmp/runtime.lock \
 && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: --requirement /tmp/runtime.lock

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home club \
 && install --directory --owner club /media /erased
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=clevervibes.settings STATIC_ROOT=/static MEDIA_ROOT=/media
# Collecting reads no secret and opens no connection; the settings only want to see that something is there.
RUN SECRET_KEY=build DATABASE_URL=postgres://build@build/build REDIS_URL=redis://build \
    python manage.py collectstatic --noinput --verbosity 0
USER club
EXPOSE 8000
CMD ["gunicorn", "clevervibes.wsgi", "--bind", "0.0.0.0:8000"]
