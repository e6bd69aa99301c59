"""Google Chat, by a space's webhook: the card (`card`), and the channel (`channel`). No retry here."""
