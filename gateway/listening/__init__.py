"""What comes over other connections than HTTP: GELF over TCP and UDP, and Fluentd's forward protocol.

Off unless set up. `intake` takes records for the key that the settings name; the others read from sockets, within
bounds. What protocols say is read by the pure modules of `gateway.protocols`.
"""
