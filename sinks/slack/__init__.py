"""Slack: by incoming webhook, or by bot token with one living message an incident.

What a message looks like (`message`), what Slack's answers mean (`failures`), and the two channels. No retry here.
"""
