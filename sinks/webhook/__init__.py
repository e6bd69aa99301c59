"""Webhooks to anyone: `event`, its signature (`signing`), where it may go (`guard`), and the channel (`channel`)."""
