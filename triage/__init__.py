"""What becomes of incidents and groups, by alerts and by people: the rules' decisions, written in one transaction.

Every way in (the stream job, commands, buttons, webhooks) goes through here, so that all keep the same history.
"""
