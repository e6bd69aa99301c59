"""What commands show of errors: a terminal obeys nothing of it."""

import io

import pytest
from rich.console import Console

from seawall.cli.output import print_table, say
from seawall.demo.numbers import Numbers, TopGroup
from seawall.demo.screen import _groups

HOSTILE = "red \x1b[31m title \x1b]0;owned\x07 clear \x1b[2J c1 \x9b31m turned \u202e end [/bold]"
SHOWN = "red \\x1b[31m title \\x1b]0;owned\\x07 clear \\x1b[2J c1 \\x9b31m turned \\x202e end [/bold]"


@pytest.mark.parametrize("show", [say, lambda text: print_table("Groups", ["title"], [[text]])])
def test_a_terminal_obeys_nothing_of_an_error(capsys, show):
    show(HOSTILE)
    out = capsys.readouterr().out
    assert SHOWN in out
    assert not set(out) & set("\x1b\x07\x9b\u202e")


def test_lines_and_tabs_stay(capsys):
    say("a\tb\nc")
    assert capsys.readouterr().out == "a\tb\nc\n"


def test_the_live_screen_obeys_nothing_of_an_error_either():
    top = [TopGroup(1, "error", HOSTILE, HOSTILE)]
    screen = Console(file=io.StringIO(), width=400, force_terminal=True, color_system=None)
    screen.print(_groups(Numbers(top=top)))
    out = screen.file.getvalue()
    assert out.count(SHOWN) == 2
    assert not set(out) & set("\x1b\x07\x9b\u202e")
