# On a machine with python3 (3.11 or newer) and make: `make run`, then open what it prints.
PYTHON3 ?= python3
PYTHON = .venv/bin/python
# Up to this many tests at once: one more than processors, since some wait for a clock or a browser.
WORKERS ?= $(shell $(PYTHON3) -c "import os; print(min((os.cpu_count() or 1) + 1, 4))")
PRODUCTION = ENVIRONMENT=production DATABASE_URL=postgresql:///vuoro ALLOWED_HOSTS=vuoro.example \
	SECRET_KEY=$$($(PYTHON) -c "import secrets; print(secrets.token_urlsafe(50))")

.DEFAULT_GOAL = help
.PHONY: help run build test check messages lock bench clean
export PORT

help:  ## Say what can be made
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: build  ## Start everything on this machine (PORT=8001 chooses another port)
	@exec $(PYTHON) manage.py up

build: .venv/installed static/vendor/built  ## Install what is locked; build styles and translations
	@$(PYTHON) -c "from config.translations import compile_catalogs; compile_catalogs()"

test: build  ## Run all tests (ARGS="-k kiosk" chooses)
	$(PYTHON) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: build  ## Format, lint, types, imports, migrations, translations, production settings
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	ENVIRONMENT=test $(PYTHON) -m mypy
	.venv/bin/lint-imports
	ENVIRONMENT=test $(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py messages check
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

messages: .venv/installed  ## Extract translatable strings into locale/, list what wants a translation
	$(PYTHON) manage.py messages update

bench: build  ## Measure claims, searches and pages in ten minutes (ARGS=growth: at 10 million slots)
	$(PYTHON) -m bench $(ARGS)

lock: .venv/installed  ## Lock the newest versions that requirements*.in allow
	$(PYTHON) -m pip install -q uv
	for name in requirements requirements-dev; do .venv/bin/uv pip compile \
		--universal --generate-hashes --no-emit-index-url --python-version 3.11 --upgrade -q \
		$$name.in -o $$name.txt || exit 1; done

clean:  ## Remove what was built and the local data, keeping the virtual environment
	rm -rf var staticfiles static/vendor node_modules .mypy_cache .ruff_cache .pytest_cache
	find locale -name '*.mo' -delete

.venv/bin/python:
	@$(PYTHON3) -c "import sys; sys.exit('Python 3.11 or newer is needed; this is ' + sys.version \
		+ '. Say which: make run PYTHON3=python3.12') if sys.version_info < (3, 11) else None"
	@echo "Making the virtual environment"
	@$(PYTHON3) -m venv .venv || { rm -rf .venv; \
		echo "python3 lacks its venv module (on Debian: apt install python3-venv)."; exit 1; }

.venv/installed: requirements-dev.txt | .venv/bin/python
	@echo "Installing the locked packages (once, some minutes)"
	@$(PYTHON) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/installed: package-lock.json | .venv/installed
	@echo "Installing the locked styles and fonts"
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

static/vendor/built: node_modules/installed config/management/commands/build_static.py
	@ENVIRONMENT=local $(PYTHON) manage.py build_static
	@touch $@
