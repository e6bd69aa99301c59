"""What people answer where alerts reach them: buttons and commands in Slack, webhooks of PagerDuty.

Each request is proven by its vendor's signature, then carried out by `triage`, as commands are.
"""
