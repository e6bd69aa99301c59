"""Who sends without HTTP hears nothing of a refusal: the log says it, now and then."""

from structlog.testing import capture_logs

from gateway.contract import Refused
from gateway.keys import KeyBook
from gateway.limiting import Allowance
from gateway.listening.intake import Intake


def test_a_refusal_is_said_once_for_each_reason():
    intake = Intake("gelf-udp", "mistyped", KeyBook("postgresql://nowhere"), Allowance(None), None)
    with capture_logs() as said:
        for _ in range(100):
            intake.refused(Refused(401, "wrong_key", "the key is unknown, or no longer in force"))
            intake.refused(Refused(429, "limit", "over the key's limit"))
    assert [(one["reason"], one["why"]) for one in said] == [
        ("wrong_key", "the key is unknown, or no longer in force"),
        ("limit", "over the key's limit"),
    ]
    assert "mistyped" not in str(said)
