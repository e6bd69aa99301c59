"""The desk: an HTTP server on loopback that plays Slack and PagerDuty, and a page that shows what came.

It holds to the vendors' documented contracts, so that what it takes they take; nothing here knows about alerts.
`server` is the whole, `slack_api` and `pagerduty_api` the vendors, `slack_rules` what Slack allows, `state` what came.
"""
