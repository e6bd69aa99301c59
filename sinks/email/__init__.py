"""E-mail by SMTP: what a mail holds (`mail`), what servers' answers mean and the channel (`channel`). No retry here."""
