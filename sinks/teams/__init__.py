"""Microsoft Teams, by a workflow with a webhook: the card (`card`), and the channel (`channel`). No retry here."""
