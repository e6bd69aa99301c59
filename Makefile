# Everything sets itself up: `make run` in a fresh clone needs nothing but Python 3.11 with venv.
.DEFAULT_GOAL := help
.PHONY: run test test-client test-sdks lint bench chaos fuzz fixtures clean help
OURS := .venv/bin/python

run: ## start everything, with a shop of programs that really crash (Ctrl-C ends it)
	@tools/setup-venv demo
	@$(OURS) -m seawall.demo $(ARGS)

test: ## all tests; ARGS="-k name" passes arguments to pytest
	@tools/setup-venv dev
	@$(OURS) -m pytest $(ARGS)

test-client: ## tests of clients/python with every framework it knows; CLIENT_PYTHON=python3.9 names another Python
	@clients/python/tools/test $(ARGS)

test-sdks: ## real SDKs and log senders against a gateway (Node, Go, Java … where installed); ARGS="node --quick"
	@tools/setup-venv dev
	@$(OURS) -m tests.senders $(ARGS)

lint: ## style, types, the lines between the packages, generated pages
	@tools/setup-venv dev
	@$(OURS) -m ruff check
	@$(OURS) -m ruff format --check
	@$(OURS) -m mypy
	@.venv/bin/lint-imports
	@$(OURS) -m seawall.docs --check

bench: ## measure, and write docs/benchmarks.md
	@tools/setup-venv dev bench
	@$(OURS) -m benchmarks $(ARGS)

chaos: ## kill workers and servers for 50 rounds, then count every record; ARGS="--rounds 5"
	@tools/setup-venv dev
	@$(OURS) -m tests.chaos.run $(ARGS)

fuzz: ## mutate real records, guided by the code that they reach; ARGS="--seconds 3600"
	@tools/setup-venv dev fuzz
	@$(OURS) -m tests.fuzz.run $(ARGS)

fixtures: ## make anew what real loggers and SDKs write (Node, Go, Rust, Java … where installed); ARGS="node/pino"
	@tools/setup-venv dev
	@$(OURS) -m tests.fixtures.make $(ARGS)

clean: ## remove what the other targets made; data in .seawall/ stays
	@rm -rf .venv clients/python/.venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis reports
	@find . -name __pycache__ -type d -not -path './.seawall/*' -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
