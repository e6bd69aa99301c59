"""`seawall doctor`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from seawall.cli.output import print_json, progress
from seawall.doctor import Finding, examine

__all__ = ["doctor"]


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check the settings, the servers and this machine; exits 1 where something is wrong.

    Example: `seawall doctor`
    """
    with progress("examining"):
        findings = asyncio.run(_examined(quiet=as_json))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


async def _examined(*, quiet: bool) -> list[Finding]:
    findings = []
    async for finding in examine():
        findings.append(finding)
        if not quiet:
            _print(finding)
    return findings


def _print(finding: Finding) -> None:
    mark = typer.style("✓", fg="green") if finding.ok else typer.style("✗", fg="red")
    advice = f" → {finding.advice}" if finding.advice else ""
    typer.echo(f"{mark} {finding.name:<11} {finding.found}{advice}")
