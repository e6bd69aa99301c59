"""The version of this distribution."""

__all__ = ["SDK", "VERSION"]

VERSION = "0.1.0"
SDK = f"seawall-client/{VERSION}"
