"""PagerDuty, by its Events API v2: what an event holds (`event`), and the channel (`channel`). No retry here."""
