"""Real senders against a running gateway: SDKs and log senders, unmodified, as their registries give them.

A folder a language holds small programs and `install.sh`; manifest.toml lists who sends what. `python -m tests.senders`
runs all that this machine can, and keeps what was seen in results.json, of which docs/producers.md has its table.
"""
