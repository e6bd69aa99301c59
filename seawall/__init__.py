"""The shell around the job: the `seawall` command, settings, logs, the embedded servers, the local desk, the demo."""

__version__ = "0.1.0"
