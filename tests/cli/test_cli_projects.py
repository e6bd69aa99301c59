"""`seawall project` and `seawall key` for whoever mistypes a name."""

import secrets


def test_a_project_that_is_not_there_is_said_so(seawall, environment):
    name = f"shop-{secrets.token_hex(4)}"
    missed = seawall("key", "list", name, env=environment)
    assert (missed.returncode, missed.stdout, missed.stderr) == (1, "", f"seawall: there is no project {name}\n")
    assert seawall("project", "create", name, env=environment).returncode == 0
    listed = seawall("key", "list", name, "--json", env=environment)
    assert (listed.returncode, listed.stdout) == (0, "[]\n")


def test_a_name_that_cannot_be_is_refused_in_one_short_line(seawall, environment):
    done = seawall("project", "create", "ş" * 5_000, env=environment)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert len(done.stderr) < 300
