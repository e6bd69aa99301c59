"""The demo of `make run`: a shop whose programs really crash, everything that watches them, and one screen.

`programs/` holds the shop: programs as others write them, which know nothing of Seawall but the errors topic. What is
around them starts them, counts what they sent, and compares it with what arrived.
"""
