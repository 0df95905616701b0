# Two commands: `make demo` runs the main job, `make test` passes the tests. Each does its own set-up.
# Make what is generated from the code: the dashboard's JSON, and the pages of reasons and metrics.
.PHONY: demo test check format dashboards reference constraints bench differential scenarios clean
.DEFAULT_GOAL := demo

demo: .venv/installed
	.venv/bin/drawdown-monitor demo

test: .venv/installed
	./scripts/install-reference-servers
	./scripts/install-test-programs
	.venv/bin/pytest --numprocesses auto --dist loadgroup

check: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

format: .venv/installed
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

dashboards: .venv/installed
	.venv/bin/python -m grafana.build

reference: .venv/installed
	.venv/bin/python -m monitor.reference

bench: .venv/installed
	./scripts/install-reference-servers
	.venv/bin/python -m bench.time_to_notice

# More seeds, some scenarios, a page with pictures: make scenarios ARGS="--seeds 5 --html scenarios.html".
scenarios: .venv/installed
	.venv/bin/drawdown-monitor scenarios $(ARGS)

differential: .venv/installed
	./scripts/install-reference-servers
	.venv/bin/python -m bench.differential --count 10000

# Needs uv; writes the newest versions that pyproject.toml allows, with their hashes.
constraints:
	uv pip compile --universal --upgrade --generate-hashes --python-version 3.11 --extra dev --quiet \
	  --no-header --no-annotate --no-emit-index-url pyproject.toml --output-file constraints.txt

.venv/installed: constraints.txt pyproject.toml scripts/install-python-environment
	./scripts/install-python-environment

clean:
	rm -rf .venv .tools .mypy_cache .pytest_cache .ruff_cache .hypothesis
