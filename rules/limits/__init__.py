"""What a threshold asks for beside a plain count: distinct values, shares, spikes, silence, several of them together.

Pure: a state and what comes in make the next state. A plain count has a quicker way of its own (`rules.rating`).
"""
